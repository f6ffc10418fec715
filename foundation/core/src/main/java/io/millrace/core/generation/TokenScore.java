// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.generation;

import java.util.List;

/**
 * How likely a token was.
 *
 * @param token its text; U+FFFD stands where its bytes are no whole character
 * @param bytes its bytes, each from 0 to 255
 * @param logprob natural logarithm of the model's probability, before sampling options change it
 * @param alternatives the likeliest tokens in its place, likeliest first, without alternatives of their own
 */
public record TokenScore(String token, List<Integer> bytes, double logprob, List<TokenScore> alternatives) {
  public TokenScore {
    bytes = List.copyOf(bytes);
    alternatives = List.copyOf(alternatives);
  }
}
