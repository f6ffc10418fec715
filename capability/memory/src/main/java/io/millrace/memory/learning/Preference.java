// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

/**
 * Somebody preferred one hit of a list to another one of it.
 *
 * @param better number of the hit that was preferred
 * @param worse number of the other
 * @param weight how much it counts, from 0 to 1
 */
record Preference(JudgedList list, int better, int worse, double weight) {
  Preference weighing(double other) {
    return new Preference(list, better, worse, other);
  }
}
