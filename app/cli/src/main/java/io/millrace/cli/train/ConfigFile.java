// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.core.json.Yaml;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Options of a stage from a YAML file. The file's keys are the names of the options, so that there is one set of names,
 * one documentation and one check; what stands on the command line wins.
 */
public final class ConfigFile {
  private static final String OPTION = "--config";
  private static final Set<String> NOT_IN_FILES = Set.of("config", "help", "version", "resume", "fresh");

  private ConfigFile() {}

  /**
   * Puts what a file says among the arguments of {@code train STAGE … --config FILE}; other arguments stay as they are.
   *
   * @throws IllegalArgumentException when the file cannot be read, or has a key that the stage does not know, naming
   *     the nearest one that it does
   */
  public static String[] expanded(CommandLine millrace, String[] arguments) {
    if (arguments.length < 2 || !arguments[0].equals("train")) {
      return arguments;
    }
    CommandLine train = millrace.getSubcommands().get("train");
    CommandLine stage = train == null ? null : train.getSubcommands().get(arguments[1]);
    Path file = file(arguments);
    if (stage == null || file == null || stage.getCommandSpec().findOption(OPTION) == null) {
      return arguments;
    }
    List<String> all = new ArrayList<>(List.of(arguments[0], arguments[1]));
    all.addAll(arguments(file, stage.getCommandSpec(), Arrays.asList(arguments)));
    all.addAll(Arrays.asList(arguments).subList(2, arguments.length));
    return all.toArray(String[]::new);
  }

  private static @org.jspecify.annotations.Nullable Path file(String[] arguments) {
    for (int i = 2; i < arguments.length; i++) {
      if (arguments[i].startsWith(OPTION + "=")) {
        return Path.of(arguments[i].substring(OPTION.length() + 1));
      }
      if (arguments[i].equals(OPTION) && i + 1 < arguments.length) {
        return Path.of(arguments[i + 1]);
      }
    }
    return null;
  }

  private static List<String> arguments(Path file, CommandSpec stage, List<String> given) {
    Map<?, ?> values = Yaml.read(file, LinkedHashMap.class);
    Map<String, OptionSpec> known = known(stage);
    List<String> arguments = new ArrayList<>();
    values.forEach((key, value) -> {
      String name = String.valueOf(key);
      OptionSpec option = known.get(name);
      if (option == null) {
        throw new IllegalArgumentException("%s: '%s' is no key of 'train %s'; did you mean '%s'? All keys: millrace train config %s"
            .formatted(file, name, stage.name(), nearest(name, known.keySet()), stage.name()));
      }
      boolean overruled = given.stream().anyMatch(a -> a.equals("--" + name) || a.startsWith("--" + name + "="));
      if (value != null && !overruled) {
        add(file, option, name, value, arguments);
      }
    });
    return arguments;
  }

  private static void add(Path file, OptionSpec option, String name, Object value, List<String> arguments) {
    boolean flag = option.typeInfo().getType() == boolean.class;
    if (flag && !(value instanceof Boolean)) {
      throw new IllegalArgumentException("%s: %s: %s: must be true or false".formatted(file, name, value));
    } else if (flag) {
      if (value.equals(true)) {
        arguments.add("--" + name);
      }
    } else if (value instanceof List<?> many) {
      if (!option.typeInfo().isMultiValue()) {
        throw new IllegalArgumentException("%s: %s: %s: one value is wanted, not a list".formatted(file, name, value));
      }
      many.forEach(one -> arguments.add("--" + name + "=" + one));
    } else if (value instanceof Map) {
      throw new IllegalArgumentException("%s: %s: %s: a value is wanted, not keys of its own".formatted(file, name, value));
    } else {
      arguments.add("--" + name + "=" + value);
    }
  }

  /** The options that a file may set, by key, in the order of the help. */
  static Map<String, OptionSpec> known(CommandSpec stage) {
    return stage.options().stream()
        .filter(option -> !NOT_IN_FILES.contains(name(option)))
        .sorted(Comparator.comparingInt(OptionSpec::order))
        .collect(Collectors.toMap(ConfigFile::name, option -> option, (a, _) -> a, LinkedHashMap::new));
  }

  private static String name(OptionSpec option) {
    return option.longestName().substring(2);
  }

  /** The name that takes the fewest changes of single characters (Levenshtein 1966). */
  static String nearest(String wanted, Set<String> names) {
    return new TreeSet<>(names).stream().min(Comparator.comparingInt(name -> distance(wanted, name))).orElse("");
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
