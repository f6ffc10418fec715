// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.log.Topic;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Documents to passages and vectors. These are three pipelines that read the documents each at its own pace, so that
 * text never waits for embeddings, nor a document that a person has just put for a library that was published in bulk. Each tuned
 * model has two pipelines of its own beside them.
 */
final class DocumentsJob {

  private DocumentsJob() {}

  /** Cuts documents into passages. */
  static void passages(StreamExecutionEnvironment environment, LogStreams log) {
    log.write(
        log.read(environment, Topic.DOCUMENTS, WatermarkStrategy.noWatermarks())
            .keyBy(Incoming::key)
            .process(new PassageCutter(), TypeInformation.of(Outgoing.class))
            .name("cut into passages")
            .uid("passages"));
  }

  /** Embeds the passages of the documents that a lane cares for. */
  static void vectors(StreamExecutionEnvironment environment, LogStreams log, PassageEmbedding embedding) {
    log.write(
        log.read(environment, Topic.DOCUMENTS, WatermarkStrategy.noWatermarks())
            .keyBy(Incoming::key)
            .process(embedding, TypeInformation.of(Outgoing.class))
            .name("embed")
            .uid("vectors"));
  }
}
