// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.Identity;
import org.jspecify.annotations.Nullable;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Where links of a page lead that lies in a folder: a path becomes the identity that the file there has, without {@code #} and
 * {@code ?}; an address stays. Whether there is such a file is not known here: graphs pass over targets that no document has.
 *
 * <p>Libraries lie beside each other, as their identities do: {@code ../lucene-core/org/…/IndexWriter.html} from the root of a
 * library's folder is a page of the library {@code lucene-core}. What lies beside or above the libraries has no identity.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3986#section-5.2">RFC 3986, 5.2</a>, from which it differs where a path leads
 *     above the folder that holds the libraries
 */
final class FolderLinks implements Draft.Targets {

  /** Schemes that are none of the web's point to no page; what begins with two slashes names a server. */
  private static final Pattern ELSEWHERE = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:|//");

  /** Paths that end in a slash or in dots name a folder. */
  private static final Pattern NO_FILE = Pattern.compile("(.*/)?\\.{0,2}", Pattern.DOTALL);

  /** What a folder shows when no page of it is named. */
  private static final String INDEX = "index";

  private final String name;
  private final UnaryOperator<String> identities;
  private final @Nullable UnaryOperator<String> beside;

  /**
   * Links of one file.
   *
   * @param name of it, with slashes, from the root of the folder
   * @param identities of the folder's files, by such names
   * @param beside identities of other libraries' files, by their names with the library's in front; null where the folder is no library's
   */
  FolderLinks(String name, UnaryOperator<String> identities, @Nullable UnaryOperator<String> beside) {
    this.name = name;
    this.identities = identities;
    this.beside = beside;
  }

  @Override
  public @Nullable String of(String href) {
    if (!isPath(href)) {
      return ADDRESSES.of(href);
    }
    String path = decoded(href.split("[?#]", 2)[0]);
    if (path.isEmpty()) {
      return null;
    }
    Deque<String> parts = new ArrayDeque<>(path.startsWith("/") ? List.of() : folder());
    boolean outside = follow(path, parts);
    String file = String.join("/", parts);
    UnaryOperator<String> there = outside ? beside : identities;
    // Above the folder lie libraries, and no files.
    if (there == null || outside && parts.size() < 2 || !mayBeRead(file)) {
      return null;
    }
    return another(there.apply(file));
  }

  /** A page that points to itself says nothing by it. */
  private @Nullable String another(String identity) {
    return identity.equals(identities.apply(name)) ? null : identity;
  }

  /** Returns whether a link is a path, and neither an address nor for another program. */
  static boolean isPath(String href) {
    return !ELSEWHERE.matcher(href).lookingAt();
  }

  /** Pictures and archives of other kinds never become documents; names without an extension are pages as servers show them. */
  private static boolean mayBeRead(String file) {
    return Identity.extension(file).isEmpty() || FileKind.known(file);
  }

  /**
   * Follows a path.
   *
   * @param parts where it starts, and then where it ends: from the root of the folder, or from the folder above where it leads out;
   *     empty where it leads further up
   * @return whether it leads out of the folder
   */
  private static boolean follow(String path, Deque<String> parts) {
    // A path from the root cannot leave it.
    boolean mayLeave = !path.startsWith("/");
    boolean outside = false;
    for (String part : path.split("/")) {
      if (part.equals("..")) {
        if (parts.pollLast() == null) {
          if (outside || !mayLeave) {
            parts.clear();
            return true;
          }
          outside = true;
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    if (NO_FILE.matcher(path).matches()) {
      parts.addLast(INDEX);
    }
    return outside;
  }

  private List<String> folder() {
    int slash = name.lastIndexOf('/');
    return slash < 0 ? List.of() : List.of(name.substring(0, slash).split("/"));
  }

  /** Names of files are written in links as %E6%B0%B4; a plus is a plus. */
  private static String decoded(String path) {
    try {
      return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return path; // a percent sign that begins no character stands for itself
    }
  }
}
