// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;

import java.util.ArrayList;
import java.util.List;

/** A small domain in both languages, for training in tests. */
final class DomainSample {

  private static final String[][] ENGLISH = {
    {"What does IndexWriter.commit do?", "Commits all pending changes and makes them durable on disk."},
    {"Which exception does poll throw?", "Throws WakeupException if wakeup() is called while the poll is blocked."},
    {"What is the default of max.poll.records?", "The maximum number of records returned in a single call; the default is 500."},
    {"Since when does StringUtils have isBlank?", "Since 2.0. Checks if a CharSequence is empty, null or whitespace only."},
    {"How do I ignore unknown properties?", "Unknown properties are ignored when the feature is disabled; previous settings are overridden."},
    {"What does getSystemProperty return?", "Returns the system property of the given name, or null if it is not set."},
  };

  private static final String[][] CHINESE = {
    {"selectById 方法返回什么？", "根据主键查询，返回实体对象，不存在时返回 null。"},
    {"StpUtil.checkLogin 有什么作用？", "检查当前会话是否已登录，未登录则抛出 NotLoginException 异常。"},
    {"怎么忽略某个字段？", "在字段上添加注解即可忽略该字段，之前的配置会被覆盖。"},
    {"如何绕过缓存？", "调用 refresh 方法可以绕过缓存，直接读取数据库中的最新数据。"},
  };

  private DomainSample() {}

  static List<QuestionAnswer> items() {
    List<QuestionAnswer> items = new ArrayList<>();
    add(items, Language.ENGLISH, ENGLISH);
    add(items, Language.CHINESE, CHINESE);
    return items;
  }

  private static void add(List<QuestionAnswer> items, Language language, String[][] pairs) {
    for (String[] pair : pairs) {
      String id = language.code() + items.size();
      items.add(new QuestionAnswer(id, id, language, "purpose", pair[0], pair[1], List.of()));
    }
  }
}
