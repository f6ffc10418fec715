// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.reward;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The share of an answer that stands in the passages it cites: words, and pairs of neighbouring Han characters. 0
 * without a citation such as [1], with one of a passage that is not there, or if too little of the answer is found
 * (after Menick et al. 2022, GopherCite, who reward answers that quote their evidence).
 *
 * @param least share below which an answer counts as not grounded, from 0 to 1
 */
public record GroundedAnswer(double least) implements VerifiableReward {
  private static final Pattern CITATION = Pattern.compile("\\[(\\d{1,3})]");
  private static final Pattern WORD = Pattern.compile("\\p{IsHan}+|[\\p{L}\\p{N}&&[^\\p{IsHan}]]+");

  /** Checks the range. */
  public GroundedAnswer {
    if (!(least >= 0 && least <= 1)) {
      throw new IllegalArgumentException("least " + least + ": must be from 0 to 1");
    }
  }

  @Override
  public Score score(Task task, String answer) {
    Set<String> evidence = new HashSet<>();
    Matcher citation = CITATION.matcher(answer);
    while (citation.find()) {
      int number = Integer.parseInt(citation.group(1));
      if (number < 1 || number > task.passages().size()) {
        return new Score(0, "cites [%d], but there are %d passages".formatted(number, task.passages().size()));
      }
      evidence.addAll(units(task.passages().get(number - 1)));
    }
    if (evidence.isEmpty()) {
      return new Score(0, "cites nothing");
    }
    List<String> said = units(citation.replaceAll(" "));
    if (said.isEmpty()) {
      return new Score(0, "says nothing");
    }
    long found = said.stream().filter(evidence::contains).count();
    double share = (double) found / said.size();
    return new Score(share < least ? 0 : share, "%d of %d words are in the cited passage".formatted(found, said.size()));
  }

  /** Words in lower case; of a run of Han characters its pairs, or the only one. */
  private static List<String> units(String text) {
    List<String> units = new ArrayList<>();
    Matcher word = WORD.matcher(text.toLowerCase(Locale.ROOT));
    while (word.find()) {
      int[] characters = word.group().codePoints().toArray();
      boolean han = Character.UnicodeScript.of(characters[0]) == Character.UnicodeScript.HAN;
      if (!han || characters.length == 1) {
        units.add(word.group());
      } else {
        for (int i = 0; i + 1 < characters.length; i++) {
          units.add(new String(characters, i, 2));
        }
      }
    }
    return units;
  }
}
