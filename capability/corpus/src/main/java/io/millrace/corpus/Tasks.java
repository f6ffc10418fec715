// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Language;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Turns a first sentence such as "Adds a document to this index." into the task "add a document to this index". */
final class Tasks {

  private static final int LONGEST = 100;

  private static final Set<String> VERBS =
      Set.of(
          "abort", "acquire", "add", "advance", "allocate", "append", "apply", "assign", "attach", "begin", "bind",
          "build", "calculate", "cancel", "capitalize", "cast", "change", "check", "clean", "clear", "clone", "close",
          "collect", "combine", "commit", "compare", "compile", "compute", "configure", "connect", "consume", "convert",
          "copy", "count", "create", "decode", "decrement", "define", "delete", "describe", "deserialize", "destroy",
          "detect", "determine", "disable", "emit", "enable", "encode", "ensure", "escape", "evaluate", "execute",
          "expand", "export", "extract", "fetch", "fill", "filter", "find", "flush", "format", "generate", "get",
          "group", "handle", "hash", "import", "increment", "initialize", "inject", "insert", "instantiate", "invoke",
          "iterate", "join", "limit", "list", "load", "locate", "lock", "log", "look", "make", "map", "mark", "match",
          "measure", "merge", "modify", "move", "normalize", "notify", "obtain", "open", "override", "parse", "pause",
          "perform", "poll", "prepare", "print", "process", "publish", "put", "query", "read", "receive", "record",
          "refresh", "register", "release", "remove", "rename", "render", "replace", "report", "reset", "resolve",
          "resume", "retrieve", "reverse", "rewrite", "rotate", "run", "save", "scan", "schedule", "search", "select",
          "send", "serialize", "set", "shift", "shuffle", "shutdown", "skip", "sort", "specify", "split", "start",
          "stop", "store", "strip", "submit", "subscribe", "swap", "switch", "test", "throw", "transform", "translate",
          "traverse", "trigger", "trim", "truncate", "unlock", "unregister", "unsubscribe", "unwrap", "update", "use",
          "validate", "verify", "visit", "wait", "walk", "wrap", "write");

  private static final Map<String, String> BASE = new HashMap<>();

  static {
    for (String verb : VERBS) {
      BASE.put(verb, verb);
      BASE.put(third(verb), verb);
    }
    BASE.put("return", "get");
    BASE.put("returns", "get");
  }

  /** Verbs that begin the descriptions of methods in Chinese documentation. */
  private static final Set<String> CHINESE_VERBS =
      Set.of(
          "获取", "设置", "判断", "创建", "返回", "添加", "删除", "移除", "转换", "检查", "校验", "验证", "查询", "查找",
          "生成", "计算", "读取", "写入", "写出", "解析", "比较", "更新", "插入", "注册", "关闭", "打开", "清空", "清除",
          "复制", "拷贝", "构建", "构造", "合并", "拆分", "切分", "截取", "替换", "去除", "过滤", "排序", "加载", "保存",
          "发送", "封禁", "踢人", "登录", "注销", "格式化", "编码", "解码", "加密", "解密", "压缩", "解压", "遍历",
          "反转", "填充", "新建", "执行", "调用", "修改", "统计", "将", "把", "给", "为", "初始化", "包装", "匹配",
          "限制", "取消", "启动", "停止", "开启", "打印", "输出", "提取", "标记", "记录", "续签", "刷新", "重置", "分页");

  private Tasks() {}

  /** Returns the task of a sentence as a verb phrase without a full stop; empty when it does not begin with a verb. */
  static Optional<String> of(Language language, String sentence) {
    String bare = sentence.replaceFirst("[.。!！;；:：]+$", "").strip();
    if (bare.length() > LONGEST || bare.contains(". ") || bare.contains("。") || bare.contains("\n")) {
      return Optional.empty();
    }
    return language == Language.CHINESE ? chinese(bare) : english(bare);
  }

  private static Optional<String> chinese(String sentence) {
    boolean task =
        sentence.length() >= 5
            && sentence.length() <= 50
            && CHINESE_VERBS.stream().anyMatch(sentence::startsWith)
            && sentence.indexOf('？') < 0;
    return task ? Optional.of(sentence.startsWith("返回") ? "获取" + sentence.substring(2) : sentence) : Optional.empty();
  }

  private static Optional<String> english(String sentence) {
    int space = sentence.indexOf(' ');
    if (space < 0 || sentence.indexOf(' ', space + 1) < 0) {
      return Optional.empty();
    }
    String verb = BASE.get(sentence.substring(0, space).toLowerCase(Locale.ROOT));
    if (verb == null) {
      return Optional.empty();
    }
    String rest = sentence.substring(space);
    if (rest.startsWith(" whether ") || rest.startsWith(" if ") || rest.startsWith(" true if ")) {
      return Optional.of("find out " + rest.substring(1).replaceFirst("^(true )?if ", "whether "));
    }
    return Optional.of(verb + rest);
  }

  private static String third(String verb) {
    if (verb.matches(".*[^aeiou]y")) {
      return verb.substring(0, verb.length() - 1) + "ies";
    }
    return verb + (verb.matches(".*(s|sh|ch|x|z|o)") ? "es" : "s");
  }
}
