// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.log.Topic;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

import java.util.Map;

/** Events to features of users and documents, and to the ranker's weights. */
final class FeaturesJob {

  private static final TypeInformation<Outgoing> OUTGOING = TypeInformation.of(Outgoing.class);

  private FeaturesJob() {}

  static void features(StreamExecutionEnvironment environment, LogStreams log) {
    SingleOutputStreamOperator<Outgoing> users =
        log.read(environment, Topic.EVENTS, LogClock.strategy())
            .keyBy(Incoming::key)
            .process(new UserProfiles(), OUTGOING)
            .name("users")
            .uid("users");
    DataStream<Outgoing> items =
        users
            .getSideOutput(UserProfiles.ITEM_CHANGES)
            .keyBy(ItemChange::document)
            .process(new ItemProfiles(), OUTGOING)
            .name("documents")
            .uid("items");
    DataStream<Outgoing> rankers =
        users
            .getSideOutput(UserProfiles.TRAINING)
            .keyBy(TrainingEvent::exposure)
            .process(
                new ExposureJoin(),
                Types.POJO(
                    Example.class,
                    Map.of(
                        "strategy", Types.STRING,
                        "features", Types.MAP(Types.STRING, Types.DOUBLE),
                        "clicked", Types.BOOLEAN,
                        "millis", Types.LONG)))
            .name("shown and opened")
            .uid("exposures")
            .keyBy(Example::strategy)
            .process(new RankerTraining(), OUTGOING)
            .name("ranker")
            .uid("ranker");
    log.write(users.union(items, rankers));
  }
}
