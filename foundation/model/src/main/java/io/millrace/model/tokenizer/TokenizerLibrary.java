// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

/** What the tokenizer library must be told before it loads. */
public final class TokenizerLibrary {
  private TokenizerLibrary() {}

  /** No reports of its use to its vendor, and only the binary from its own jar; where somebody said otherwise, that holds. */
  public static void prepare() {
    setIfAbsent("OPT_OUT_TRACKING", "true");
    setIfAbsent("RUST_FLAVOR", "cpu");
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null && System.getenv(property) == null) {
      System.setProperty(property, value);
    }
  }
}
