// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.tensor.Torch;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Computes on one thread during a test class: with decoders this small, several would mostly wait for each other. */
final class OneThread implements BeforeAllCallback, AfterAllCallback {
  private int before;

  @Override
  public void beforeAll(ExtensionContext context) {
    before = Torch.threads();
    Torch.threads(1);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    Torch.threads(before);
  }
}
