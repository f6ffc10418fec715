// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import io.millrace.core.spi.Catalogue.Entry;

import java.util.ArrayList;
import java.util.List;

/** Where a document stands, in the words of its path and of its identity. */
final class Places {

  private Places() {}

  /** Returns the outermost place, which is the first part of the identity. */
  static String library(Entry entry) {
    return entry.id().split("/", 2)[0];
  }

  /** Returns the places between the library and the document, as prefixes of path and identity. */
  static List<String> packages(Entry entry) {
    List<String> places = new ArrayList<>();
    for (int length = 2; length < entry.path().size(); length++) {
      places.add(String.join("/", entry.path().subList(0, length)));
    }
    for (String id = LinkGraph.folder(entry.id()); id.indexOf('/') > 0; id = LinkGraph.folder(id)) {
      places.add(id);
    }
    return places;
  }
}
