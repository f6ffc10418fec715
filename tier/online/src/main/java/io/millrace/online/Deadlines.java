// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

/**
 * How long a request and its steps may take, in milliseconds. A step that misses its share is left out or cut short,
 * and the answer says so; only a request without anything to say in time fails. A deadline of 0 is the default one.
 *
 * @param request a whole request; a client may ask for less with the header {@code X-Millrace-Timeout-Ms}
 * @param guard risk control on the input and on the output, each
 * @param retrieve finding passages; dense retrieval is left out when half of it has passed
 * @param read reading passages; passages that were not read in time are left out
 * @param generate writing an answer
 * @param append waiting for the event log to acknowledge
 * @param body receiving a request's body
 */
public record Deadlines(
    int request,
    int guard,
    int retrieve,
    int read,
    int generate,
    int append,
    int body) {

  /** The deadlines of a file that names none. */
  public static final Deadlines DEFAULTS = new Deadlines(0, 0, 0, 0, 0, 0, 0);

  public Deadlines {
    request = positive("request", request, 60_000);
    guard = positive("guard", guard, 2_000);
    retrieve = positive("retrieve", retrieve, 5_000);
    read = positive("read", read, 15_000);
    generate = positive("generate", generate, 40_000);
    append = positive("append", append, 10_000);
    body = positive("body", body, 15_000);
  }

  private static int positive(String key, int value, int otherwise) {
    int chosen = value == 0 ? otherwise : value;
    if (chosen < 1) {
      throw new IllegalArgumentException("deadline " + key + " " + chosen + " ms is not positive");
    }
    return chosen;
  }
}
