// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

/**
 * Something to time, which each engine does in a process of its own; the keys of the line that is sent there. Prompts are
 * random tokens, new ones each time, so that nothing is remembered from an earlier task.
 *
 * @param kind what is done, and what the result is
 * @param streams sequences that are written at the same time
 * @param prompt tokens that are read, of each sequence or request; what is not shared
 * @param tokens written in each sequence
 * @param prefix tokens before the prompt
 * @param requests one after another
 * @param shared whether the prefix is the same in all requests
 */
record Task(Kind kind, int streams, int prompt, int tokens, int prefix, int requests, boolean shared) {
  /** What is timed. */
  enum Kind {
    /** Reading a prompt up to the first token: tokens a second. */
    PREFILL,
    /** Writing after prompts that were read before: tokens a second, of all streams. */
    DECODE,
    /** Waiting for the first token, in the mean of all requests: seconds. */
    FIRST_TOKEN
  }

  static Task prefill(int prompt) {
    return new Task(Kind.PREFILL, 1, prompt, 1, 0, 1, false);
  }

  static Task decode(int streams, int prompt, int tokens) {
    return new Task(Kind.DECODE, streams, prompt, tokens, 0, 1, false);
  }

  static Task firstToken(int prefix, int prompt, int requests, boolean shared) {
    return new Task(Kind.FIRST_TOKEN, 1, prompt, 1, prefix, requests, shared);
  }

  /** As in the key {@code case}: {@code decode-128-after-512}. */
  String label() {
    return switch (kind) {
      case PREFILL -> "prefill-" + prompt;
      case DECODE -> "decode-" + (streams > 1 ? streams + "x" : "") + tokens + (prompt >= 64 ? "-after-" + prompt : "");
      case FIRST_TOKEN -> "first-token-" + (shared ? "shared-" : "") + "prefix-" + prefix;
    };
  }

  /** As in the key {@code metric}. */
  String metric() {
    return kind == Kind.FIRST_TOKEN ? "seconds" : "tokens/s";
  }

  String unit() {
    return kind == Kind.FIRST_TOKEN ? "s" : "tokens/s";
  }
}
