// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import java.util.List;

/** Arguments as a shell takes them, to be copied by people. */
final class Quoted {
  private Quoted() {}

  static List<String> all(List<String> arguments) {
    return arguments.stream().map(Quoted::one).toList();
  }

  private static String one(String argument) {
    return argument.matches("[\\p{L}\\p{N}_@%+=:,./-]+") ? argument : "'" + argument.replace("'", "'\\''") + "'";
  }
}
