// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

/**
 * How good sampled answers are.
 *
 * @param answers how many
 * @param reward their mean
 * @param length mean number of tokens, the one that ends an answer included
 * @param finished share that ended by itself
 */
public record PolicyScore(int answers, double reward, double length, double finished) {}
