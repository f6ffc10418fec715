// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A domain of a few dozen pages about mills, in both languages, whose models are trained for seconds. */
final class TinyDomain {

  private static final List<String> PARTS =
      List.of("wheel", "shaft", "gear", "hopper", "stone", "sieve", "sack", "sluice", "channel", "brake", "bell", "roof");
  private static final List<String> CHINESE_PARTS =
      List.of("水轮", "转轴", "齿轮", "料斗", "磨盘", "筛子", "麻袋", "水闸", "水渠", "刹车", "铃铛", "屋顶");

  private TinyDomain() {}

  static void write(Path pack) throws IOException {
    Path content = Files.createDirectories(pack.resolve("content"));
    Files.writeString(
        pack.resolve("domain.yaml"),
        """
        name: tiny
        title: {en: Mills, zh: 磨坊}
        languages: [en, zh]
        sources: {directories: [content]}
        models:
          tokenizer: {vocabulary: 400}
          decoder: {layers: 2, width: 64, heads: 2, keyValueHeads: 1, context: 512, seconds: 3}
          tuning: {seconds: 2}
          reader: {seconds: 6, leastSteps: 1}
        budgets: {heldOutPercent: 20}
        """);
    Files.writeString(
        content.resolve("lower-mill.md"),
        """
        # The lower mill

        The lower mill stands by the river. The wheel of the lower mill is four metres high. See [the upper mill](upper-mill.md).

        ## Opening hours

        The lower mill opens at seven in the morning and closes at noon.
        """);
    Files.writeString(
        content.resolve("upper-mill.md"),
        """
        # The upper mill

        The upper mill has three stones. It grinds wheat on Mondays. See [the lower mill](lower-mill.md).

        ## The miller

        The miller of the upper mill is called Johanna. She also repairs the sluice.
        """);
    Files.writeString(
        content.resolve("zh-lower-mill.md"),
        """
        # 下游磨坊

        下游磨坊建在河边。下游磨坊的水轮有四米高。

        ## 开放时间

        下游磨坊早上七点开门，中午关门。
        """);
    for (int i = 0; i < PARTS.size(); i++) {
      String part = PARTS.get(i);
      Files.writeString(
          content.resolve("part-" + part + ".md"),
          """
          # The %1$s

          The %1$s is part number %2$d of the mill. It is made of oak and checked every %3$d weeks.

          ## Care of the %1$s

          Grease the %1$s with %4$d grams of tallow. A broken %1$s stops the whole mill, so keep a spare one.
          """
              .formatted(part, i + 1, i + 2, 10 * (i + 1)));
      Files.writeString(
          content.resolve("zh-part-" + part + ".md"),
          """
          # %1$s

          %1$s是磨坊的第%2$d号部件，用橡木制成，每%3$d周检查一次。

          ## %1$s的保养

          给%1$s涂%4$d克油脂。%1$s坏了整个磨坊就会停下来，所以要准备一个备用的。
          """
              .formatted(CHINESE_PARTS.get(i), i + 1, i + 2, 10 * (i + 1)));
    }
  }
}
