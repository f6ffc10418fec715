// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** The closed classes of English words by which questions are understood; everything else is content. */
final class Lexicon {

  static final Set<String> ASKING = words("what which who whom whose when where why how what's who's where's how's");

  static final Set<String> AUXILIARIES =
      words("do does did is are was were can could will would shall should may might must has have had am isn't aren't doesn't don't can't");

  static final Set<String> DETERMINERS = words("a an the my our your each every some any no all several many both either neither another one");

  static final Set<String> PREPOSITIONS =
      words("of in on at by for with from to into within between under over per via about as like without through against during");

  /** At these another clause begins, in which a pronoun may stand for something named before. */
  static final Set<String> BOUNDARIES =
      words("and or but if when while because after before until unless once since so that which who than whether although though where");

  static final Set<String> PERSONS = words("i we you me us");

  /** What stands for something that was named before; {@code this} and {@code that} are looked at by themselves. */
  static final Set<String> PRONOUNS = words("it they them he she him itself themselves it's they're he's she's");

  static final Set<String> POSSESSIVES = words("its their his her theirs");

  static final Set<String> DEMONSTRATIVES = words("this that these those");

  /** With these a question goes on from another one. */
  static final Set<String> OPENERS = words("and but so or then also ok okay well now besides");

  /** Words that ask for more of the same, or for something of what was spoken of: alone they name nothing. */
  static final Set<String> LEANING =
      words(
          """
          more example examples detail details explain elaborate summarize summarise again shorter simpler sure really continue go on
          translate clarify exactly mean means meaning further please tell show give say describe list repeat rephrase briefly
          other others else same instead way ways better faster cheaper alternative alternatives option options former latter
          first second third last next previous above below ones thing things stuff part parts
          default defaults value values size sizes type types parameter parameters argument arguments option version versions author
          difference differences limit limits maximum minimum max min name names unit units format order cost costs price advantage advantages
          disadvantage disadvantages drawback drawbacks benefit benefits reason reasons cause causes solution solutions fix syntax signature
          constructor license purpose use usage used using work works happen happens happened return returns throw throws thrown
          exception exceptions change changes set get possible safe necessary needed required thread-safe deprecated there
          case cases point english chinese java long much many often soon old new different not only just even too still already year years month date day person place
          fastest best slowest cheapest easiest newest latest oldest simplest most least newer older
          class classes method methods function functions code opposite
          """);

  private static final Set<String> OTHER_FUNCTION_WORDS =
      words("not n't very there here yes be been being doing done let let's up down out off s t");

  private Lexicon() {}

  static boolean function(String word) {
    return ASKING.contains(word) || AUXILIARIES.contains(word) || DETERMINERS.contains(word) || PREPOSITIONS.contains(word)
        || BOUNDARIES.contains(word) || PERSONS.contains(word) || PRONOUNS.contains(word) || POSSESSIVES.contains(word)
        || DEMONSTRATIVES.contains(word) || OPENERS.contains(word) || OTHER_FUNCTION_WORDS.contains(word);
  }

  private static Set<String> words(String text) {
    return Arrays.stream(text.strip().split("\\s+")).collect(Collectors.toUnmodifiableSet());
  }
}
