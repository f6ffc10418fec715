// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;
import io.millrace.core.log.PassageVectors;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A store of passages whose changes go through a {@link PassageWriter}. */
public abstract class WrittenPassages implements PassageStore {

  /** Returns what takes the changes. */
  protected abstract PassageWriter writer();

  @Override
  public void put(String documentId, List<Passage> passages) throws IOException {
    writer().put(documentId, passages);
  }

  @Override
  public void delete(String documentId) throws IOException {
    writer().delete(documentId);
  }

  @Override
  public void archive(String documentId) throws IOException {
    writer().archive(documentId);
  }

  @Override
  public void restore(String documentId) throws IOException {
    writer().restore(documentId);
  }

  @Override
  public void putVectors(String documentId, PassageVectors vectors) throws IOException {
    writer().putVectors(documentId, vectors);
  }

  @Override
  public void deleteVectors(String documentId, String model) throws IOException {
    writer().deleteVectors(documentId, model);
  }

  @Override
  public Set<String> models() {
    return writer().models();
  }

  @Override
  public Map<String, String> refused() {
    return writer().refused();
  }

  @Override
  public List<Passage> withoutEmbeddings(String documentId) {
    return writer().withoutEmbeddings(documentId);
  }

  @Override
  public void refresh() throws IOException {
    writer().refresh();
  }

  @Override
  public void commit(Map<String, String> facts) throws IOException {
    writer().commit(facts);
  }

  @Override
  public void reopen() {
    writer().reopen();
  }

  @Override
  public void clear() throws IOException {
    writer().clear();
  }
}
