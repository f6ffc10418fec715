// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

/**
 * One way to read an input.
 *
 * @param name how it was obtained, for example {@code plain} or {@code base64}; goes into the verdict's reason
 * @param text lower case, normalised
 * @param written whether these are words that the user wrote so that they are read, as opposed to a guess such as
 *     rot13 that turns ordinary text into noise; only rules, which noise does not match, look at guesses
 */
record InputView(String name, String text, boolean written) {}
