// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.core.document.Document;
import io.millrace.core.document.Link;
import io.millrace.core.spi.FileFormats.Place;
import io.millrace.core.spi.FileFormats.Reading;
import io.millrace.formats.Samples;
import io.millrace.formats.draft.FormatLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import static org.assertj.core.api.Assertions.assertThat;

/** Where links between the files of a folder lead. */
class LinksTest {

  /** Each path leads to the identity that the file there gets, whatever it is written like. */
  @ParameterizedTest
  @CsvSource({
    "sluice.md, parts/sluice.md",
    "./sluice.html#gate, parts/sluice.html",
    "sluice?lang=en, parts/sluice.htm",
    "../river.md, river.md",
    "../plans/./wheel.pdf, plans/wheel.pdf",
    "../x/../river, river.txt",
    "/river.md, river.md",
    "stones/, parts/stones/index.html",
    "stones/.., parts/index.md",
    "how%20to%2Bopen.md, parts/how to+open.md",
    "%E6%B0%B4%E8%BD%AE.md, parts/水轮.md",
    "水轮.md, parts/水轮.md",
    "50%.md, parts/50%.md",
    "Mill.java, parts/Mill.java",
    "mill.v2.txt, parts/mill.v2.txt"
  })
  void aPathLeadsToTheDocumentOfTheFileThere(String href, String file) {
    String there = FileParsing.identity(new Place("guide", file, "guide", Instant.EPOCH));

    assertThat(targets("parts/wheel.html", "<p>The wheel, beside <a href='" + href + "'>what moves it</a>.")).containsExactly(there);
    assertThat(targets("parts/wheel.md", "The wheel, beside [what moves it](" + href + ").")).containsExactly(there);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "#gate", "?page=2", "", "mailto:ada@example.org", "javascript:open()", "JavaScript:open()", "data:text/html,x", "ftp://example.org/x.md",
    "file:///etc/passwd", "//example.org/x.md", "httpd:x", "../../river.md", "/../river.md", "/../brook/river.md", "../../../brook/river.md",
    "../..", "../../", "../../brook/../../brook/river.md", "wheel.png", "style.css"
  })
  void whatIsNoPageOfTheFolderIsLeftOut(String href) {
    assertThat(targets("parts/wheel.html", "<p>The wheel, beside <a href='" + href + "'>what moves it</a>.")).isEmpty();
    assertThat(targets("parts/wheel.md", "The wheel, beside [what moves it](" + href + ").")).isEmpty();
  }

  /** Identities begin with their library: libraries lie beside each other. */
  @ParameterizedTest
  @CsvSource({
    "../../brook/river.md, brook/river",
    "../../lucene-core/org/apache/lucene/index/IndexWriter.html#commit(), lucene-core/org/apache/lucene/index/IndexWriter",
    "../../spring-core/org/../com/ResolvableType.ClassResolver.html, spring-core/com/ResolvableType.ClassResolver",
    "../../brook/, brook/index",
    "../../guide/river.md, guide/river"
  })
  void aPathOutOfTheFolderLeadsToALibraryBesideIt(String href, String there) {
    assertThat(targets("parts/wheel.html", "<p>The wheel, beside <a href='" + href + "'>what moves it</a>.")).containsExactly(there);
    assertThat(targets("parts/wheel.md", "The wheel, beside [what moves it](" + href + ").")).containsExactly(there);
  }

  @Test
  void librariesOfATenantLieBesideEachOther() {
    Place place = new Place("acme/guide", "wheel.md", "acme/guide", Instant.EPOCH);
    String text = "See [the river](../brook/river.md), [a secret](../../bob/plans/all.md).";

    Reading reading = FileParsing.read(Samples.utf8(text), place, FormatLimits.DEFAULTS);
    assertThat(reading.documents().getFirst().links()).extracting(Link::target).containsExactly("acme/brook/river");
  }

  @Test
  void addressesStayAsTheyAre() {
    assertThat(targets("wheel.md", "See [the river](https://example.org/river.html#bend).")).containsExactly("https://example.org/river.html#bend");
    assertThat(targets("wheel.html", "See <a href=' http://example.org/river '>the river</a>.")).containsExactly("http://example.org/river");
  }

  @Test
  void aPageThatGivesItselfAnAddressLinksFromThere() {
    String page = "<head><base href='https://example.org/mill/'></head><p>See <a href='river.html'>the river</a>, <a href='../'>home</a>, <a href='#x'>x</a>.";

    assertThat(targets("wheel.html", page)).containsExactly("https://example.org/mill/river.html", "https://example.org/");
  }

  @ParameterizedTest
  @CsvSource({"../, guide/river", "/, guide/river", "../plans/all.html, guide/plans/river", "plans/, guide/parts/plans/river", "x.html, guide/parts/river"})
  void aPageThatGivesItselfAnotherFolderLinksFromThere(String base, String there) {
    String page = "<head><base href='" + base + "'></head><p>See <a href='river.html'>the river</a>, <a href='mailto:a@example.org'>x</a>, <a href='#x'>x</a>.";

    assertThat(targets("parts/wheel.html", page)).containsExactly(there);
  }

  @Test
  void aPageThatPointsToItselfSaysNothingByIt() {
    assertThat(targets("parts/wheel.html", "<p>See <a href='wheel.html#rim'>the rim</a>, <a href='../parts/wheel'>all</a>.")).isEmpty();
  }

  @Test
  void menusLinkToNothing() {
    String page = "<nav><a href='a.html'>A</a></nav><main><header><a href='b.html'>B</a></header><p>See <a href='c.html'>C</a>.</p></main>"
        + "<footer><a href='https://example.org'>D</a></footer>";

    assertThat(targets("wheel.html", page)).containsExactly("guide/c");
  }

  @Test
  void filesWithoutALibraryAndThoseInAZipLinkToTheirNeighbours() throws IOException {
    Place place = new Place("", "parts/wheel.md", "guide", Instant.EPOCH);
    Reading alone = FileParsing.read(Samples.utf8("See [the sluice](sluice.md)."), place, FormatLimits.DEFAULTS);
    assertThat(alone.documents().getFirst().links()).extracting(Link::target).containsExactly("parts/sluice");
    Reading above = FileParsing.read(Samples.utf8("See [the river](../../brook/river.md)."), place, FormatLimits.DEFAULTS);
    assertThat(above.documents().getFirst().links()).isEmpty();

    List<Document> zipped = Reads.reading("site.zip", zip()).documents();
    assertThat(zipped).extracting(Document::id).containsExactly("guide/site.zip/parts/wheel", "guide/site.zip/river");
    assertThat(zipped.getFirst().links()).extracting(Link::target).containsExactly("guide/site.zip/river");
    assertThat(zipped.getLast().links()).extracting(Link::target).containsExactly("guide/site.zip/parts/wheel");
  }

  /** A mail says nothing of where its links start from. */
  @Test
  void pathsInMailsLeadNowhere() {
    String mail = "From: ada@example.org\r\nSubject: Repair\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n"
        + "<p>See <a href='wheel.md'>the wheel</a> and <a href='https://example.org/x'>x</a>.";

    assertThat(targets("mail.eml", mail)).containsExactly("https://example.org/x");
  }

  private static List<String> targets(String name, String content) {
    return Reads.one(name, content).links().stream().map(Link::target).toList();
  }

  private static byte[] zip() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("parts/wheel.md"));
      zip.write(Samples.utf8("The wheel stands in [the river](../river.html), not in [the brook](../../brook/river.html)."));
      zip.putNextEntry(new ZipEntry("river.html"));
      zip.write(Samples.utf8("<p>The river turns <a href='parts/wheel'>the wheel</a>."));
    }
    return out.toByteArray();
  }
}
