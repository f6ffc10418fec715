// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The pages of one jar, known from its table of contents alone: which entries are documentation, what each one is
 * called, and where modules begin.
 */
final class JavadocIndex implements Serializable {

  private static final long serialVersionUID = 1L;
  private static final int MOST_ENTRIES = 200_000;

  /** File names that the doclets of JDK 8 to 25 give to navigation. */
  private static final Pattern NAVIGATION =
      Pattern.compile(
          "package-(use|tree|frame)|module-frame|index|index-all|allclasses.*|allpackages.*|overview-.*|help-doc"
              + "|constant-values|deprecated-list|serialized-form|search|system-properties|external-specs"
              + "|preview-list|new-list|restricted-list|search-tags|type-list|module-overview-frame|.*-frame");

  private static final Pattern ASIDE =
      Pattern.compile("(.*/)?(class-use|src-html|META-INF|legal|doc-files|resources|script-dir|jquery|index-files)/.*");

  private final String root;
  private final Set<String> modules;
  private final List<String> pages;
  private final Map<String, String> ids;
  private final int skipped;

  private JavadocIndex(String root, Set<String> modules, List<String> pages, Map<String, String> ids, int skipped) {
    this.root = root;
    this.modules = modules;
    this.pages = pages;
    this.ids = ids;
    this.skipped = skipped;
  }

  /**
   * Reads the table of contents of a jar.
   *
   * @throws IOException when the file is no intact zip
   * @throws UnreadablePage when it is intact but holds no documentation
   */
  static JavadocIndex of(JavadocJar jar) throws IOException, UnreadablePage {
    try (ZipFile zip = new ZipFile(jar.file())) {
      if (zip.size() > MOST_ENTRIES) {
        throw new UnreadablePage("it has " + zip.size() + " entries, more than " + MOST_ENTRIES);
      }
      return of(jar, zip);
    }
  }

  private static JavadocIndex of(JavadocJar jar, ZipFile zip) throws IOException, UnreadablePage {
    String root = root(zip);
    Set<String> modules = modules(zip, root);
    Map<String, String> ids = new HashMap<>();
    int skipped = 0;
    for (var entries = zip.entries(); entries.hasMoreElements(); ) {
      String name = entries.nextElement().getName();
      if (!name.endsWith(".html")) {
        continue;
      }
      String id = name.startsWith(root) ? id(jar, name.substring(root.length()), modules) : null;
      if (id == null) {
        skipped++;
      } else {
        ids.put(name, id);
      }
    }
    if (ids.isEmpty()) {
      throw new UnreadablePage("it holds no documentation page: give the jar with the classifier 'javadoc'");
    }
    List<String> pages = new ArrayList<>(ids.keySet());
    pages.sort(Comparator.naturalOrder());
    return new JavadocIndex(root, modules, pages, ids, skipped);
  }

  /** Some builds put everything below a folder such as {@code apidocs/}: it is where the element list lies. */
  private static String root(ZipFile zip) {
    String best = "";
    int length = Integer.MAX_VALUE;
    for (var entries = zip.entries(); entries.hasMoreElements(); ) {
      String name = entries.nextElement().getName();
      if ((name.endsWith("element-list") || name.endsWith("package-list")) && name.length() < length) {
        length = name.length();
        best = name.substring(0, name.lastIndexOf('/') + 1);
      }
    }
    return best;
  }

  private static Set<String> modules(ZipFile zip, String root) throws IOException {
    Set<String> modules = new HashSet<>();
    ZipEntry list = zip.getEntry(root + "element-list");
    if (list != null) {
      try (InputStream in = zip.getInputStream(list);
          BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
        lines.lines().limit(MOST_ENTRIES).filter(l -> l.startsWith("module:")).forEach(l -> modules.add(l.substring(7)));
      }
    }
    return modules;
  }

  private static @Nullable String id(JavadocJar jar, String name, Set<String> modules) {
    if (ASIDE.matcher(name).matches()) {
      return null;
    }
    String path = withoutModule(name.substring(0, name.length() - ".html".length()), modules);
    String stem = path.substring(path.lastIndexOf('/') + 1);
    if (stem.equals("module-summary")) {
      return jar.library() + "/" + name.substring(0, name.indexOf('/'));
    }
    if (stem.equals("package-summary")) {
      return path.length() == stem.length() ? null : jar.library() + "/" + path.substring(0, path.lastIndexOf('/'));
    }
    if (NAVIGATION.matcher(stem).matches() || stem.isEmpty() || !Character.isJavaIdentifierStart(stem.charAt(0))) {
      return null;
    }
    return jar.library() + "/" + path;
  }

  private static String withoutModule(String path, Set<String> modules) {
    int slash = path.indexOf('/');
    return slash > 0 && modules.contains(path.substring(0, slash)) ? path.substring(slash + 1) : path;
  }

  /** Returns the entries that are documentation, sorted. */
  List<String> pages() {
    return pages;
  }

  /** Returns how many HTML entries are navigation. */
  int skipped() {
    return skipped;
  }

  /** Returns the identity of the document on a page; null when it is no documentation. */
  @Nullable String id(String entry) {
    return ids.get(entry);
  }

  /** Returns the folder that holds all pages, empty or ending in a slash. */
  String root() {
    return root;
  }

  /** Returns whether the first folder below the root is a module. */
  boolean isModule(String folder) {
    return modules.contains(folder);
  }
}
