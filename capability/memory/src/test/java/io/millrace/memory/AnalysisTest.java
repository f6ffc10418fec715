// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class AnalysisTest {

  @Test
  void cutsIdentifiersWhereReadersWould() {
    assertThat(IdentifierFilter.words("addDocument")).containsExactly("add", "Document");
    assertThat(IdentifierFilter.words("parseXMLFile_v2")).containsExactly("parse", "XML", "File", "v2");
    assertThat(IdentifierFilter.words("MAX_VALUE")).containsExactly("MAX", "VALUE");
    assertThat(IdentifierFilter.words("URLs")).containsExactly("URLs");
    assertThat(IdentifierFilter.words("HTTP")).containsExactly("HTTP");
    assertThat(IdentifierFilter.words("utf8")).containsExactly("utf8");
    assertThat(IdentifierFilter.words("__init__")).containsExactly("init");
    assertThat(IdentifierFilter.words("")).isEmpty();
  }

  @Test
  void keepsIdentifiersWholeAndInWords() throws IOException {
    assertThat(latin("call IndexWriter.addDocument(doc)"))
        .containsExactly("call", "index", "indexwrit", "writer", "add", "adddocu", "document", "doc");
    assertThat(latin("java.util.List#of")).containsExactly("java", "util", "list");
  }

  @Test
  void putsAWholeIdentifierAtThePositionOfItsFirstWord() throws IOException {
    assertThat(increments("open IndexWriter now")).containsExactly(1, 1, 0, 1, 1);
  }

  @Test
  void findsLatinNamesWithinChineseProse() throws IOException {
    String text = "调用IndexWriter的addDocument方法向索引添加文档，共2018条";

    assertThat(latin(text)).contains("indexwrit", "index", "add", "adddocu", "document", "2018");
    assertThat(latin(text)).noneMatch(HanAnalyzer::holdsHan);
    assertThat(terms(new HanAnalyzer(), text)).contains("调用", "方法", "索引", "添加", "文档");
    assertThat(terms(new HanAnalyzer(), text)).allMatch(HanAnalyzer::holdsHan);
  }

  @Test
  void survivesOddText() throws IOException {
    for (String odd : List.of("", "...", "_ _", "a.b.c.D", "\ud800", "éÈtudE", "'s", "x".repeat(100_000))) {
      latin(odd);
      terms(new HanAnalyzer(), odd);
    }
  }

  private static List<String> latin(String text) throws IOException {
    return terms(new LatinAnalyzer(), text);
  }

  private static List<String> terms(Analyzer analyzer, String text) throws IOException {
    List<String> terms = new ArrayList<>();
    try (TokenStream tokens = analyzer.tokenStream("", text)) {
      CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
      tokens.reset();
      while (tokens.incrementToken()) {
        terms.add(term.toString());
      }
      tokens.end();
    }
    return terms;
  }

  private static List<Integer> increments(String text) throws IOException {
    List<Integer> increments = new ArrayList<>();
    try (TokenStream tokens = new LatinAnalyzer().tokenStream("", text)) {
      PositionIncrementAttribute increment = tokens.addAttribute(PositionIncrementAttribute.class);
      tokens.reset();
      while (tokens.incrementToken()) {
        increments.add(increment.getPositionIncrement());
      }
      tokens.end();
    }
    return increments;
  }
}
