// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.BytesRef;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Documents in Lucene, each as one block of passages with the embeddings that are known of them. */
final class LuceneContents implements ContentStore {

  private static final Logger LOG = LoggerFactory.getLogger(LuceneContents.class);

  private final LuceneStore store;
  private final Analyzer analyzer;
  private final Dimensions dimensions;

  LuceneContents(LuceneStore store, Analyzer analyzer, Dimensions dimensions) {
    this.store = store;
    this.analyzer = analyzer;
    this.dimensions = dimensions;
  }

  @Override
  public Map<String, DocumentContent> stored(Collection<String> documents) {
    return store.search(
        searcher -> {
          Map<String, DocumentContent> found = new HashMap<>();
          for (String document : documents) {
            DocumentContent content = stored(searcher, document);
            if (!content.empty()) {
              found.put(document, content);
            }
          }
          return found;
        });
  }

  static DocumentContent stored(IndexSearcher searcher, String documentId) throws IOException {
    List<Passage> passages = new ArrayList<>();
    Map<String, float[]> vectors = new HashMap<>();
    var fields = searcher.storedFields();
    for (int doc : LuceneStore.docs(searcher, new Term(PassageFields.DOCUMENT, documentId))) {
      var document = fields.document(doc);
      BytesRef waiting = document.getBinaryValue(PassageFields.WAITING);
      BytesRef archived = document.getBinaryValue(PassageFields.ARCHIVED);
      if (archived != null && waiting != null) {
        return new DocumentContent(PassageFields.archived(archived), PassageFields.waiting(waiting), true);
      }
      if (waiting != null) {
        vectors.putAll(PassageFields.waiting(waiting));
        continue;
      }
      Passage passage = PassageFields.passage(document);
      passages.add(passage);
      float[] vector = PassageFields.vectorOf(searcher, doc, PassageFields.vector(passage.language()));
      if (vector != null) {
        vectors.put(TextHash.of(passage), vector);
      }
    }
    passages.sort(Comparator.comparingInt(Passage::ordinal));
    return new DocumentContent(passages, vectors, false);
  }

  /** Each document is one block, so that searches see all of it or nothing. */
  @Override
  public Map<String, String> write(Map<String, DocumentContent> changes) throws IOException {
    Map<String, String> refused = new HashMap<>();
    for (Map.Entry<String, DocumentContent> change : changes.entrySet()) {
      Term document = new Term(PassageFields.DOCUMENT, change.getKey());
      List<Document> block = block(change.getKey(), change.getValue());
      if (block.isEmpty()) {
        store.writer().deleteDocuments(document);
        continue;
      }
      try {
        store.writer().updateDocuments(document, block);
      } catch (IllegalArgumentException e) {
        // One that cannot be indexed, for a word of 32 KB for example, must not keep all others out; its old text is no longer true.
        LOG.warn("document {} cannot be indexed: {}", change.getKey(), e.getMessage());
        refused.put(change.getKey(), String.valueOf(e.getMessage()));
        store.writer().deleteDocuments(document);
      }
    }
    return refused;
  }

  private List<Document> block(String documentId, DocumentContent content) {
    if (content.archived()) {
      return List.of(PassageFields.archived(documentId, content.passages(), content.vectors()));
    }
    DocumentContent.Block block = content.block(dimensions::of);
    List<Document> documents = new ArrayList<>();
    for (DocumentContent.Embedded each : block.passages()) {
      documents.add(PassageFields.of(each.passage(), analyzer, each.vector(), each.documentVector()));
    }
    if (!block.waiting().isEmpty()) {
      documents.add(PassageFields.waiting(documentId, block.waiting()));
    }
    return documents;
  }

  @Override
  public void refresh() throws IOException {
    store.refresh();
  }

  @Override
  public void commit(Map<String, String> facts) throws IOException {
    store.commit(facts);
  }

  @Override
  public Map<String, String> committed() {
    return store.committed();
  }

  @Override
  public void reopen() {
    store.reopen();
  }

  @Override
  public void clear() throws IOException {
    store.clear();
  }
}
