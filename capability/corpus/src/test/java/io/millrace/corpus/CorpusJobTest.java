// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Link;
import io.millrace.core.document.Section;
import io.millrace.core.log.DeadLetter;
import io.millrace.formats.Formats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

class CorpusJobTest {

  @TempDir Path work;

  private Corpus run(List<JavadocJar> jars, List<SourceDirectory> directories) throws Exception {
    Path scratch = Files.createTempDirectory(work, "scratch");
    return CorpusJob.run(new CorpusJob.Settings(jars, directories, List.of(), Formats.DEFAULT, 0, 2), scratch, CorpusProgress.NONE, () -> false);
  }

  private static Map<String, String> millSources() {
    return Map.of(
        "org/mill/package-info.java",
        "/** Machines that grind grain. */\npackage org.mill;",
        "org/mill/Grinder.java",
        """
        package org.mill;
        /** Something that grinds. */
        public interface Grinder {
          /**
           * Grinds some grain until nothing but flour is left of it.
           *
           * @param grain kilograms of grain
           * @return kilograms of flour
           * @throws IllegalStateException if the brook is dry
           * @since 1.1
           */
          double grind(double grain);
        }
        """,
        "org/mill/Mill.java",
        """
        package org.mill;
        /**
         * A mill with {@link Stone stones}.
         *
         * <h2>Care</h2>
         * Dress the stones once a year.
         *
         * <pre>{@code
         * Mill mill = new Mill();
         *   mill.grind(3);
         * }</pre>
         */
        public class Mill implements Grinder {
          /** Creates a mill that stands still. */
          public Mill() {}
          /** {@inheritDoc} */
          @Override public double grind(double grain) { return grain; }
          /** A stone. */
          public record Stone(int weight) {}
          /** What a mill does. */
          public enum State { /** It turns. */ TURNING, /** It stands. */ STANDING }
          /** Marks what turns. */
          public @interface Turns { /** How often a minute. */ int value() default 12; }
        }
        """);
  }

  private static Map<String, String> chineseSources() {
    return Map.of(
        "cn/mofang/Mofang.java",
        """
        package cn.mofang;
        /**
         * 磨坊，把谷物磨成面粉。
         *
         * @since 2.0
         */
        public class Mofang {
          /** 建造一座磨坊 */
          public Mofang() {}
          /**
           * 把谷物磨成面粉，直到磨完为止
           *
           * @param grain 谷物的重量
           * @return 面粉的重量
           * @throws IllegalStateException 溪水干涸时抛出
           */
          public double mo(double grain) { return grain; }
        }
        """);
  }

  @Test
  void turnsRealJavadocOfBothLanguagesIntoDocuments() throws Exception {
    JavadocJar mill = JavadocFixtures.generate(work, "mill", "en", millSources());
    JavadocJar mofang = JavadocFixtures.generate(work, "mofang", "zh_CN", chineseSources());

    Corpus corpus = run(List.of(mill, mofang), List.of());

    assertThat(corpus.deadLetters()).isEmpty();
    assertThat(corpus.documents())
        .extracting(Document::id)
        .containsExactly(
            "mill/org/mill",
            "mill/org/mill/Grinder",
            "mill/org/mill/Mill",
            "mill/org/mill/Mill.State",
            "mill/org/mill/Mill.Stone",
            "mill/org/mill/Mill.Turns",
            "mofang/cn/mofang",
            "mofang/cn/mofang/Mofang");
    assertThat(corpus.documents())
        .extracting(Document::kind)
        .containsExactly("package", "interface", "class", "enum", "record", "annotation", "package", "class");
    Document millPage = corpus.documents().get(2);
    assertThat(millPage.sections().get(1))
        .satisfies(care -> assertThat(care.heading()).isEqualTo("Care"))
        .satisfies(care -> assertThat(care.text()).contains("Dress the stones", "Mill mill = new Mill();\n  mill.grind(3);"));
    assertThat(millPage.links()).extracting(Link::target).contains("mill/org/mill/Mill.Stone");
    assertThat(corpus.documents().get(5).sections().getLast().details())
        .containsExactly(new Section.Detail("default", "", "12"));

    Document chinese = corpus.documents().getLast();
    assertThat(chinese.language()).isEqualTo(Language.CHINESE);
    assertThat(chinese.attributes()).containsEntry("since", "2.0");
    assertThat(chinese.sections().getLast().details())
        .containsExactly(
            new Section.Detail("parameter", "grain", "谷物的重量"),
            new Section.Detail("returns", "", "面粉的重量"),
            new Section.Detail("throws", "IllegalStateException", "溪水干涸时抛出"));
    assertThat(corpus.statistics().size("zh").documents()).isGreaterThanOrEqualTo(1);
  }

  @Test
  void aMemberThatRepeatsItsSupertypeKeepsItsSignatureOnly() throws Exception {
    JavadocJar mill = JavadocFixtures.generate(work, "mill", "en", millSources());

    Corpus corpus = run(List.of(mill), List.of());

    Section grind =
        corpus.documents().get(2).sections().stream().filter(s -> s.heading().equals("grind")).findFirst().orElseThrow();
    assertThat(grind.hasProse()).isFalse();
    assertThat(grind.signature()).contains("double grind(double grain)");
  }

  @Test
  void keepsAsideWhatCannotBeReadAndGoesOn() throws Exception {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("element-list", "org.mill\n".getBytes(StandardCharsets.UTF_8));
    entries.put("org/mill/Mill.html", JavadocFixtures.JDK_17.getBytes(StandardCharsets.UTF_8));
    entries.put("org/mill/Broken.html", "<html><body>half a pa".getBytes(StandardCharsets.UTF_8));
    entries.put("org/mill/Bomb.html", new byte[PageSource.LARGEST_PAGE + 1_000_000]);
    entries.put("index-all.html", "<html></html>".getBytes(StandardCharsets.UTF_8));
    entries.put("org/mill/class-use/Mill.html", "<html></html>".getBytes(StandardCharsets.UTF_8));
    Path jar = work.resolve("mill-javadoc.jar");
    JavadocFixtures.zip(jar, entries);
    Path torn = Files.write(work.resolve("torn-javadoc.jar"), Arrays.copyOf(Files.readAllBytes(jar), 300));

    Corpus corpus =
        run(
            List.of(
                new JavadocJar(torn.toString(), "torn", "torn"),
                new JavadocJar(work.resolve("absent.jar").toString(), "absent", "absent"),
                new JavadocJar(jar.toString(), "mill", "mill")),
            List.of());

    assertThat(corpus.documents()).extracting(Document::id).containsExactly("mill/org/mill/Mill");
    assertThat(corpus.deadLetters())
        .extracting(DeadLetter::source, DeadLetter::reason)
        .containsExactly(
            tuple(
                jar + "!org/mill/Bomb.html", "it expands to more than " + PageSource.LARGEST_PAGE + " bytes"),
            tuple(
                jar + "!org/mill/Broken.html",
                "it has no type signature, so it is no class page of a known javadoc version"));
    assertThat(corpus.deadLetters().getLast().excerpt()).contains("half a pa");
    assertThat(corpus.statistics().navigation()).isEqualTo(2);
    assertThat(corpus.statistics().deadLetters()).isEqualTo(2);
    assertThat(corpus.statistics().refused())
        .hasSize(2)
        .anySatisfy(line -> assertThat(line).contains(torn.toString(), "delete it and run again"))
        .anySatisfy(line -> assertThat(line).contains("absent.jar"));
  }

  @Test
  void removesCopiesAndMarksTwins() throws Exception {
    String text = words(130);
    Path pages = Files.createDirectories(work.resolve("pages"));
    Files.writeString(pages.resolve("a.md"), "# Wheel\n\n" + text);
    Files.writeString(pages.resolve("b.md"), "# Wheel\n\n" + text);
    Files.writeString(pages.resolve("c.md"), "# Wheel\n\n" + text + " indeed");
    Files.writeString(pages.resolve("d.md"), "# Paddle\n\n" + text);
    Files.writeString(pages.resolve("e.md"), "# Sluice\n\nSomething else altogether, with a link to [b](b.md).");

    Corpus corpus = run(List.of(), List.of(new SourceDirectory(pages, "guide", Set.of())));

    assertThat(corpus.documents()).extracting(Document::id).containsExactly("guide/a", "guide/d", "guide/e");
    // The link led to a copy that was removed.
    assertThat(corpus.documents().getLast().links()).extracting(Link::target).containsExactly("guide/a");
    assertThat(corpus.statistics().exactDuplicates()).isEqualTo(1);
    assertThat(corpus.statistics().nearDuplicates()).isEqualTo(1);
    assertThat(corpus.statistics().nearTwins()).isEqualTo(1);
    assertThat(corpus.forTraining(Set.of())).extracting(Document::id).containsExactly("guide/a", "guide/e");
  }

  @Test
  void labelledDirectoriesAreApartFromOthersAndFromTraining() throws Exception {
    String text = words(130);
    Path open = Files.createDirectories(work.resolve("open"));
    Path secret = Files.createDirectories(work.resolve("hr"));
    Files.writeString(open.resolve("a.md"), "# Wheel\n\n" + text + " See [pay](../hr/pay.md).");
    Files.writeString(secret.resolve("a.md"), "# Wheel\n\n" + text + " See [pay](../hr/pay.md).");
    Files.writeString(secret.resolve("pay.md"), "# Pay\n\nThe miller earns nine guilders. See [wheel](a.md), [for everybody](../open/a.md), [gone](../open/b.md).");

    Corpus corpus =
        run(
            List.of(),
            List.of(new SourceDirectory(open, "open", Set.of()), new SourceDirectory(secret, "hr", Set.of("hr", "board"))));

    // The copies stay both: whoever may not see the one must not lose the other.
    assertThat(corpus.documents()).extracting(Document::id).containsExactly("hr/a", "hr/pay", "open/a");
    assertThat(corpus.documents()).extracting(Document::labels)
        .containsExactly(Set.of("board", "hr"), Set.of("board", "hr"), Set.of());
    assertThat(corpus.forTraining(Set.of())).extracting(Document::id).containsExactly("open/a");
    assertThat(corpus.keptFromTraining(Set.of())).isEqualTo(2);
    // A document needs all its labels to be allowed, not one of them.
    assertThat(corpus.forTraining(Set.of("hr"))).extracting(Document::id).containsExactly("open/a");
    assertThat(corpus.forTraining(Set.of("hr", "board"))).hasSize(3);
    assertThat(corpus.documents().getLast().links()).noneMatch(link -> link.target().startsWith("hr/"));
    assertThat(corpus.documents().get(1).links()).extracting(Link::target).containsExactly("hr/a", "open/a");
    Path out = Files.createDirectories(work.resolve("out"));
    corpus.write(out);
    assertThat(Corpus.read(out)).isEqualTo(corpus);
  }

  @Test
  void readsBackWhatItWrote() throws Exception {
    Path pages = Files.createDirectories(work.resolve("pages"));
    Files.writeString(pages.resolve("a.txt"), "Plain words.");
    Files.write(pages.resolve("torn.pdf"), new byte[] {'%', 'P', 'D', 'F', 0});
    Corpus corpus = run(List.of(), List.of(new SourceDirectory(pages, "guide", Set.of())));
    Path out = Files.createDirectories(work.resolve("out"));

    corpus.write(out);

    assertThat(corpus.deadLetters()).singleElement().satisfies(letter -> {
      assertThat(letter.source()).isEqualTo(pages.resolve("torn.pdf").toString());
      assertThat(letter.reason()).contains("broken");
    });
    assertThat(Corpus.read(out)).isEqualTo(corpus);
  }

  @Test
  void stopsWhenCancelled() throws Exception {
    JavadocJar mill = JavadocFixtures.generate(work, "mill", "en", millSources());
    AtomicLong asked = new AtomicLong();
    Path scratch = Files.createTempDirectory(work, "scratch");

    assertThatThrownBy(
            () ->
                CorpusJob.run(
                    new CorpusJob.Settings(List.of(mill), List.of(), List.of(), Formats.DEFAULT, 0, 2),
                    scratch,
                    CorpusProgress.NONE,
                    () -> asked.incrementAndGet() > 1))
        .isInstanceOf(CancellationException.class);
  }

  @Test
  void nothingToReadSaysWhy() {
    assertThatThrownBy(() -> run(List.of(new JavadocJar(work.resolve("x.jar").toString(), "x", "x")), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("x.jar");
  }

  private static String words(int count) {
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < count; i++) {
      words.append("word").append(i * 7919 % 1009).append(i % 9 == 8 ? ". " : " ");
    }
    return words.toString().strip();
  }
}
