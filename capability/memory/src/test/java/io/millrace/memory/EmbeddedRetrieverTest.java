// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.settings.VectorPrecision;

/** The contract, kept by the index in this process. */
class EmbeddedRetrieverTest extends RetrieverContract {

  @Override
  protected PassageStore open(String name, TestClock clock, Judging judging) {
    return new PassageIndex(folder.resolve(name), EMBEDDERS, SETTINGS, VectorPrecision.INT8, clock, judging);
  }
}
