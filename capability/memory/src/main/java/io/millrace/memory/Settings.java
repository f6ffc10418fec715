// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

/** Refuses settings that make no sense, with the value. */
final class Settings {
  private Settings() {}

  static void notNegative(String name, double value) {
    if (!(value >= 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(name + " " + value + " is not a finite number from 0");
    }
  }

  static void share(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " " + value + " is not from 0 to 1");
    }
  }
}
