// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import static org.assertj.core.api.Assertions.assertThat;

/** Documentation that this test suite writes itself: by hand in old formats, with the JDK's own tool in the new one. */
final class JavadocFixtures {

  /** The same class as the doclet of JDK 8 writes it: anchors with names, headings without sections. */
  static final String JDK_8 =
      """
      <!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">
      <html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"><title>Mill</title></head><body>
      <div class="topNav"><a href="../index.html">NAVIGATION</a></div>
      <div class="header"><div class="subTitle">org.mill</div><h2 title="Class Mill" class="title">Class Mill</h2></div>
      <div class="contentContainer">
      <ul class="inheritance"><li><a href="http://jdk/java/lang/Object.html" title="class in java.lang">java.lang.Object</a></li>
      <li><ul class="inheritance"><li><a href="../../org/mill/Engine.html" title="class in org.mill">Engine</a></li></ul></li></ul>
      <div class="description"><ul class="blockList"><li class="blockList">
      <dl><dt>All Implemented Interfaces:</dt><dd><a href="../../org/mill/Grinder.html">Grinder</a></dd></dl>
      <hr><br>
      <pre>public class <span class="typeNameLabel">Mill</span>
      extends <a href="../../org/mill/Engine.html">Engine</a></pre>
      <div class="block">Grinds grain to flour. See <a href="../../org/mill/Flour.html"><code>Flour</code></a>.</div>
      <dl><dt><span class="simpleTagLabel">Since:</span></dt><dd>1.2</dd>
      <dt><span class="simpleTagLabel">Author:</span></dt><dd>a miller</dd></dl>
      </li></ul></div>
      <div class="summary"><h3>Method Summary</h3><div class="block">SUMMARY</div>
      <h3>Methods inherited from class&nbsp;java.lang.Object</h3><code>clone, equals</code></div>
      <div class="details"><ul class="blockList"><li class="blockList">
      <ul class="blockList"><li class="blockList"><a name="constructor.detail"><!-- --></a><h3>Constructor Detail</h3>
      <a name="Mill--"><!-- --></a>
      <ul class="blockListLast"><li class="blockList"><h4>Mill</h4><pre>public&nbsp;Mill()</pre></li></ul></li></ul>
      <ul class="blockList"><li class="blockList"><a name="method.detail"><!-- --></a><h3>Method Detail</h3>
      <a name="grind-int-"><!-- --></a>
      <ul class="blockList"><li class="blockList"><h4>grind</h4>
      <pre>public&nbsp;<a href="../../org/mill/Flour.html">Flour</a>&nbsp;grind(int&nbsp;stones)
                  throws <a href="http://jdk/java/io/IOException.html">IOException</a></pre>
      <div class="block"><span class="deprecatedLabel">Deprecated.</span>&nbsp;<div class="block"><span class="deprecationComment">use <code>mill(int)</code> instead</span></div></div>
      <div class="block">Grinds once.
       <p>Then rests.</div>
      <dl><dt><span class="paramLabel">Parameters:</span></dt><dd><code>stones</code> - how many stones turn</dd>
      <dt><span class="returnLabel">Returns:</span></dt><dd>the flour</dd>
      <dt><span class="throwsLabel">Throws:</span></dt><dd><code><a href="http://jdk/java/io/IOException.html">IOException</a></code> - if the brook is dry</dd></dl>
      </li></ul>
      <a name="stop--"><!-- --></a>
      <ul class="blockListLast"><li class="blockList"><h4>stop</h4><pre>public&nbsp;void&nbsp;stop()</pre>
      <div class="block"><span class="descfrmTypeLabel">Description copied from interface:&nbsp;<code><a href="../../org/mill/Grinder.html#stop--">Grinder</a></code></span></div>
      <div class="block">Stops all stones.</div>
      <dl><dt><span class="overrideSpecifyLabel">Specified by:</span></dt><dd>stop in interface Grinder</dd></dl></li></ul>
      </li></ul></li></ul></div></div>
      <div class="bottomNav">NAVIGATION</div></body></html>
      """;

  /** The same class as the doclet of JDK 11 writes it: anchors with ids, deprecation in its own block. */
  static final String JDK_11 =
      JDK_8
          .replace("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\" \"http://www.w3.org/TR/html4/loose.dtd\">", "<!DOCTYPE HTML>")
          .replace("<a name=", "<a id=")
          .replace("grind-int-", "grind(int)")
          .replace("stop--", "stop()")
          .replace("Mill--", "&lt;init&gt;()")
          .replace("<pre>public&nbsp;", "<pre class=\"methodSignature\">public&nbsp;")
          .replace("grind(int&nbsp;", "grind&#8203;(int&nbsp;")
          .replace("<div class=\"header\">", "<main role=\"main\"><div class=\"header\">")
          .replace("<div class=\"bottomNav\">", "</main><div class=\"bottomNav\">")
          .replace("class=\"block\"><span class=\"deprecatedLabel\">Deprecated.</span>&nbsp;<div class=\"block\"><span class=\"deprecationComment\">use <code>mill(int)</code> instead</span></div>", "class=\"deprecationBlock\"><span class=\"deprecatedLabel\">Deprecated.</span>\n<div class=\"deprecationComment\">use <code>mill(int)</code> instead</div>");

  /** The same class as the doclets of JDK 17 and 21 write it: a section for each member. */
  static final String JDK_17 =
      """
      <!DOCTYPE HTML>
      <html lang="en"><head><title>Mill</title><meta charset="utf-8"></head><body class="class-declaration-page">
      <header><nav>NAVIGATION</nav></header><main role="main">
      <div class="header"><div class="sub-title"><span class="package-label-in-type">Package</span>&nbsp;<a href="package-summary.html">org.mill</a></div>
      <h1 title="Class Mill" class="title">Class Mill</h1></div>
      <div class="inheritance"><a href="https://jdk/java/lang/Object.html" class="external-link">java.lang.Object</a>
      <div class="inheritance"><a href="Engine.html">org.mill.Engine</a><div class="inheritance">org.mill.Mill</div></div></div>
      <section class="class-description" id="class-description">
      <dl class="notes"><dt>All Implemented Interfaces:</dt><dd><code><a href="Grinder.html">Grinder</a></code></dd></dl><hr>
      <div class="type-signature"><span class="modifiers">public class </span><span class="element-name type-name-label">Mill</span>
      <span class="extends-implements">extends <a href="Engine.html">Engine</a></span></div>
      <div class="block">Grinds grain to flour. See <a href="Flour.html"><code>Flour</code></a>.</div>
      <dl class="notes"><dt>Since:</dt><dd>1.2</dd><dt>Author:</dt><dd>a miller</dd></dl>
      </section>
      <section class="summary"><h2>Method Summary</h2><div class="block">SUMMARY</div><div class="inherited-list"><code>clone, equals</code></div></section>
      <section class="details"><ul class="details-list"><li>
      <section class="constructor-details" id="constructor-detail"><h2>Constructor Details</h2><ul class="member-list"><li>
      <section class="detail" id="&lt;init&gt;()"><h3>Mill</h3><div class="member-signature"><span class="modifiers">public</span>&nbsp;<span class="element-name">Mill</span>()</div></section></li></ul></section></li>
      <li><section class="method-details" id="method-detail"><h2>Method Details</h2><ul class="member-list"><li>
      <section class="detail" id="grind(int)"><h3>grind</h3>
      <div class="member-signature"><span class="modifiers">public</span>&nbsp;<span class="return-type"><a href="Flour.html">Flour</a></span>&nbsp;<span class="element-name">grind</span><wbr><span class="parameters">(int&nbsp;stones)</span>
             throws <span class="exceptions"><a href="https://jdk/java/io/IOException.html" class="external-link">IOException</a></span></div>
      <div class="deprecation-block"><span class="deprecated-label">Deprecated.</span>
      <div class="deprecation-comment">use <code>mill(int)</code> instead</div></div>
      <div class="block">Grinds once.
       <p>Then rests.</div>
      <dl class="notes"><dt>Parameters:</dt><dd><code>stones</code> - how many stones turn</dd>
      <dt>Returns:</dt><dd>the flour</dd><dt>Throws:</dt><dd><code><a href="https://jdk/java/io/IOException.html">IOException</a></code> - if the brook is dry</dd></dl>
      </section></li>
      <li><section class="detail" id="stop()"><h3>stop</h3><div class="member-signature"><span class="modifiers">public</span>&nbsp;<span class="return-type">void</span>&nbsp;<span class="element-name">stop</span>()</div>
      <div class="block"><span class="descfrm-type-label">Description copied from interface:&nbsp;<code><a href="Grinder.html#stop()">Grinder</a></code></span></div>
      <div class="block">Stops all stones.</div>
      <dl class="notes"><dt>Specified by:</dt><dd>stop in interface Grinder</dd></dl></section></li></ul></section></li></ul></section>
      </main><footer>NAVIGATION</footer></body></html>
      """;

  /** The same class as the doclet of JDK 25 writes it: signature and prose in one more element. */
  static final String JDK_25 =
      JDK_17
          .replace("descfrm-type-label", "description-from-type-label")
          .replace("<div class=\"member-signature\">", "<div class=\"horizontal-scroll\"><div class=\"member-signature\">")
          .replace("<div class=\"type-signature\">", "<div class=\"horizontal-scroll\"><div class=\"type-signature\">")
          .replace("</section></li>", "</div></section></li>")
          .replace("a miller</dd></dl>\n</section>", "a miller</dd></dl></div>\n</section>");

  /** The same class in the words of the doclet's Chinese locale. */
  static final String CHINESE =
      JDK_17
          .replace("Grinds grain to flour. See", "把谷物磨成面粉。参见")
          .replace("Grinds once.", "磨一次。")
          .replace("Then rests.", "然后休息。")
          .replace("Since:", "从以下版本开始:")
          .replace("Author:", "作者:")
          .replace("Parameters:", "参数:")
          .replace("how many stones turn", "转动几块磨石")
          .replace("Returns:", "返回:")
          .replace("the flour", "面粉")
          .replace("Throws:", "抛出:")
          .replace("if the brook is dry", "溪水干涸时");

  private JavadocFixtures() {}

  /** Writes a jar with the given pages beside those that the fixtures' links lead to. */
  static JavadocJar jar(Path file, String library, Map<String, String> pages) throws IOException {
    Map<String, byte[]> bytes = new LinkedHashMap<>();
    pages.forEach((name, html) -> bytes.put(name, html.getBytes(StandardCharsets.UTF_8)));
    zip(file, bytes);
    return new JavadocJar(file.toString(), library, "org.mill:" + library + ":1.0");
  }

  static void zip(Path file, Map<String, byte[]> entries) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
  }

  /** Runs the JDK's javadoc tool over sources and puts what it writes into a jar. */
  static JavadocJar generate(Path work, String library, String locale, Map<String, String> sources)
      throws IOException {
    Path src = Files.createDirectories(work.resolve(library + "-src"));
    Path out = Files.createDirectories(work.resolve(library + "-out"));
    List<String> arguments =
        new ArrayList<>(
            List.of("-quiet", "-locale", locale, "-Xdoclint:none", "-encoding", "UTF-8", "-charset", "UTF-8",
                "-docencoding", "UTF-8", "-d", out.toString()));
    for (Map.Entry<String, String> source : sources.entrySet()) {
      Path file = src.resolve(source.getKey());
      Files.createDirectories(file.getParent());
      Files.writeString(file, source.getValue());
      arguments.add(file.toString());
    }
    StringWriter messages = new StringWriter();
    int status =
        ToolProvider.findFirst("javadoc")
            .orElseThrow()
            .run(new PrintWriter(messages), new PrintWriter(messages), arguments.toArray(String[]::new));
    assertThat(status).as(messages.toString()).isZero();
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (Stream<Path> files = Files.walk(out)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        entries.put(out.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    Path jar = work.resolve(library + "-javadoc.jar");
    zip(jar, entries);
    return new JavadocJar(jar.toString(), library, "org.mill:" + library + ":1.0");
  }
}
