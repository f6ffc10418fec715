// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import java.io.IOException;
import java.util.Collection;
import java.util.Map;

/** Where a {@link PassageWriter} keeps documents: an index of our own, or one on other machines. */
public interface ContentStore {

  /** Returns what is kept of documents, as of the last refresh; what nothing is kept of is left out. */
  Map<String, DocumentContent> stored(Collection<String> documents) throws IOException;

  /**
   * Takes documents as they are to be, each as a whole. Once this has returned, they are as durable as they become without a commit.
   *
   * @return documents of which nothing is kept, because they cannot be indexed whatever is tried, with the reasons
   * @throws IOException when not all of them were taken; writing them once more must be possible
   */
  Map<String, String> write(Map<String, DocumentContent> changes) throws IOException;

  /** Makes what was written visible to searches. */
  void refresh() throws IOException;

  /** Makes what was written durable, together with facts. */
  void commit(Map<String, String> facts) throws IOException;

  /** Returns the facts of the last commit; empty where there was none. */
  Map<String, String> committed();

  /**
   * Goes on after an error. What was written since the last commit may be there or not: it is written again.
   */
  void reopen();

  /** Drops everything, durably. */
  void clear() throws IOException;
}
