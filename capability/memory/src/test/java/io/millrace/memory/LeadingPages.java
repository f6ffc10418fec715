// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Questions whose answer shares no word with them: they describe a page, and the answer stands in another one to which it leads, by a
 * link, a link back, a title that it mentions, or a name that both have. Three hundred pages about towns and makers are in the way.
 */
final class LeadingPages {
  static final String ENGLISH = "Which town is the maker of the Aurora turbine from?";
  static final String CHINESE = "制造极光水轮机的公司是在哪座城市成立的？";


  private LeadingPages() {}

  /** How the page in question leads to the one that answers. */
  enum Way {
    LINK,
    BACKLINK,
    TITLE,
    SHARED
  }

  static List<Passage> english(Way way) {
    String maker = way == Way.TITLE || way == Way.SHARED ? "It was built by the Halden Works." : "It was built by a firm in the north.";
    Passage turbine = passage("machines/aurora", "Aurora turbine", "The Aurora turbine turns slowly. " + maker);
    String first = way == Way.SHARED ? "In 1908 the Halden Works opened a first workshop by the harbour of Trondheim."
        : "A first workshop stood by the harbour of Trondheim.";
    Passage works = passage("firms/17", way == Way.TITLE ? "Halden Works" : way == Way.SHARED ? "Chronicle of 1908" : "Firm 17", first);
    return List.of(
        way == Way.LINK ? turbine.withLinks(List.of("firms/17", "https://example.org/elsewhere")) : turbine,
        way == Way.BACKLINK ? works.withLinks(List.of("machines/aurora#top")) : works);
  }

  static List<Passage> chinese(Way way) {
    String maker = way == Way.TITLE ? "它由赫尔登工厂建造。" : way == Way.SHARED ? "它由「赫尔登工厂」建造。" : "它由北方的一家企业建造。";
    Passage turbine = passage("机器/极光", "极光水轮机", "极光水轮机转动缓慢。" + maker);
    Passage works =
        passage(
            "企业/17",
            way == Way.TITLE ? "赫尔登工厂" : way == Way.SHARED ? "编年史一九〇八" : "十七号",
            way == Way.SHARED ? "那一年，「赫尔登工厂」最早的车间建在特隆赫姆港口旁边。" : "最早的车间建在特隆赫姆港口旁边。");
    return List.of(
        way == Way.LINK ? turbine.withLinks(List.of("企业/17")) : turbine,
        way == Way.BACKLINK ? works.withLinks(List.of("机器/极光")) : works);
  }

  /** Pages that have the question's words, but not its answer. */
  static List<Passage> others() {
    List<Passage> others = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      String[] words = {"town", "maker", "turbine", "which", "from", "mills", "grain", "river" + i % 7, "people"};
      List<String> some = new ArrayList<>(List.of(words));
      Collections.shuffle(some, new Random(i));
      others.add(passage("towns/" + i, "Place " + i, "About the maker from a town: " + String.join(" ", some.subList(0, 5)) + " number " + i + "."));
      String[] parts = {"公司", "城市", "成立", "制造", "河流", "水轮机", "面粉", "居民"};
      List<String> shuffled = new ArrayList<>(List.of(parts));
      Collections.shuffle(shuffled, new Random(i));
      others.add(passage("城/" + i, "地方" + i, "第" + i + "号公司是在这座城市成立的：" + String.join("，", shuffled.subList(0, 4)) + "。"));
    }
    return others;
  }

  static Passage passage(String document, String title, String text) {
    return passage(document, 0, title, "", text, Set.of());
  }

  static Passage passage(String document, int ordinal, String title, String heading, String text, Set<String> labels) {
    return new Passage(
        document + "#" + ordinal, document, ordinal, heading, List.of("all", title), heading, title + "\n" + text, Language.of(text), null,
        labels);
  }
}
