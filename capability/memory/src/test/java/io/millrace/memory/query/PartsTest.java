// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;

/** Questions of several parts, and questions of one. */
class PartsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "What is the default size of the RAM buffer and how do I change it? | What is the default size of the RAM buffer; how do I change default size of the RAM buffer?",
        "How long does a jsoup connection wait by default, and how do I make it wait for ever? | How long does a jsoup connection wait by default; how do I make jsoup connection wait for ever?",
        "What is a segment? When is it merged? | What is a segment?; When is segment merged?",
        "What does IndexWriter.commit do, why is it slow and what is the alternative? | What does IndexWriter.commit do; why is IndexWriter.commit slow; what is the alternative? (IndexWriter.commit)",
        "Compare StringField and TextField | StringField; TextField",
        "What is the difference between isCreatable and isParsable of NumberUtils? | isCreatable of NumberUtils; isParsable of NumberUtils",
        "How does AsyncDataStream.unorderedWait differ from orderedWait? | AsyncDataStream.unorderedWait; orderedWait",
        "HashMap vs. TreeMap | HashMap; TreeMap",
        "How do LongPoint and LongField differ? | LongPoint; LongField",
        "《静夜思》是什么诗？作者是谁？ | 《静夜思》是什么诗？; 《静夜思》 作者是谁？",
        "IndexWriter 是什么？怎么用？ | IndexWriter 是什么？; IndexWriter 怎么用？",
        "StringField 和 TextField 有什么区别 | StringField; TextField",
        "李白与杜甫在风格上有何不同？ | 李白在风格上; 杜甫在风格上",
        "StpUtil 的 kickout 和 replaced 有什么区别？ | StpUtil 的 kickout; StpUtil 的 replaced",
        "比较一下唐诗和宋词 | 唐诗; 宋词",
        "分词器怎么处理停用词，默认的停用词有哪些？ | 分词器怎么处理停用词; 默认的停用词有哪些？",
      })
  void areAskedOneByOneAndStandAlone(String question, String parts) {
    assertThat(Inquiry.of(question).parts()).isEqualTo(List.of(parts.split("; ")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "What is the default size of the RAM buffer?",
        "Which k1 and b does BM25Similarity use if I pass none?",
        "How do I keep cookies and settings over several requests?",
        "Which utility copies one stream to another and leaves both of them open?",
        "How do I fetch a record and what follows",
        "When and how do I commit?",
        "I have an index. How do I open it?",
        "When a job fails, what does Flink do?",
        "May I call both assign and subscribe on one KafkaConsumer?",
        "similarity laws and aeroelastic models",
        "Why?",
        "and and and",
        "Compare",
        "vs",
        "怎么给手机号脱敏，只显示前三位和后四位？",
        "@SaCheckPermission 写多个权限，默认是 AND 还是 OR？",
        "事务没有提交，这时数据库连接断开会怎样？",
        "区别",
        "唐诗和宋词",
        "？？？？",
      })
  void areNotSeenWhereOneThingIsAsked(String question) {
    assertThat(Inquiry.of(question).parts()).isEqualTo(List.of());
  }

  @Test
  void ofADomainsQuestionsAreThoseOfComparisonsAndDoubleQuestions() throws IOException {
    List<String> questions =
        Files.readAllLines(Path.of("../../domains/java-docs/questions.yaml")).stream().filter(line -> line.startsWith("    question: "))
            .map(line -> line.substring("    question: ".length()).replaceAll("^\"|\"$", "")).toList();
    Map<String, List<String>> parted = new TreeMap<>();
    questions.stream().map(Inquiry::of).filter(Inquiry::parted).forEach(each -> parted.put(each.asked(), each.parts()));
    assertThat(parted.size() > 3 && parted.size() < 20).as("%s", parted).isTrue();
  }
}
