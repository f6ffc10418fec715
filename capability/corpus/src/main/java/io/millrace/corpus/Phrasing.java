// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Language;

import java.util.List;

/** How people ask for a fact, in either language: several ways each, the subject named as they would name it. */
final class Phrasing {

  private Phrasing() {}

  /** Returns the questions that a fact answers. */
  static List<String> of(Language language, Fact fact) {
    return language == Language.CHINESE ? chinese(fact) : english(fact);
  }

  private static List<String> english(Fact fact) {
    String subject = fact.subject();
    String title = fact.title();
    String member = fact.member();
    String name = fact.name();
    return switch (fact.kind()) {
      case PURPOSE -> englishPurpose(fact);
      case HOW_TO ->
          List.of(
              "How do I " + name + " with " + title + "?",
              "How can I " + name + " using " + title + "?",
              "Which method of " + title + " should I call to " + name + "?",
              "how to " + name + " in " + title + "?");
      case RETURNS ->
          List.of(
              "What does " + subject + " return?",
              "What is the return value of " + subject + "?",
              "What does the " + member + " method of " + title + " return?",
              "What do I get back from " + subject + "()?");
      case PARAMETER ->
          List.of(
              "What is the parameter " + name + " of " + subject + "?",
              "What should I pass as " + name + " to " + subject + "?",
              "What does the " + name + " argument of " + subject + " mean?",
              "What is " + name + " for in " + subject + "?");
      case THROWS ->
          List.of(
              "When does " + subject + " throw " + name + "?",
              "Why would " + subject + " throw a " + name + "?",
              "What causes a " + name + " in " + subject + "?",
              "Under what condition does " + subject + " fail with " + name + "?");
      case SINCE ->
          List.of(
              "Since which version is " + subject + " available?",
              "In which version was " + subject + " added?",
              "Which version introduced " + subject + "?",
              "Since when does " + subject + " exist?");
      case DEPRECATED ->
          List.of(
              subject + " is deprecated, what should I use instead?",
              "Why is " + subject + " deprecated?",
              "What replaces the deprecated " + subject + "?",
              "Is " + subject + " deprecated?");
      case DEFAULT ->
          List.of(
              "What is the default value of " + member + " in @" + title + "?",
              "What is the default of " + subject + "?",
              "Which value does " + member + " of @" + title + " have by default?");
      case TOPIC ->
          List.of(
              "What does " + title + " say about " + member + "?",
              "What do I need to know about " + member + " in " + title + "?",
              title + ": " + member + "?");
      case WRITTEN_BY -> List.of("Who wrote “" + title + "”?", "Who is the author of “" + title + "”?");
      case DYNASTY ->
          List.of("In which dynasty was “" + title + "” written?", "From which dynasty is the poem “" + title + "”?");
      case NEXT_LINE ->
          List.of("What is the line after “" + name + "”?", "Which line follows “" + name + "” in “" + title + "”?");
      case PREVIOUS_LINE ->
          List.of("What is the line before “" + name + "”?", "Which line precedes “" + name + "” in “" + title + "”?");
    };
  }

  private static List<String> englishPurpose(Fact fact) {
    String title = fact.title();
    String member = fact.member();
    String subject = fact.subject();
    return switch (fact.sectionKind()) {
      case "method" ->
          List.of(
              "What does " + subject + " do?",
              "What is " + subject + " for?",
              "What does the " + member + " method of " + title + " do?",
              "What is the purpose of " + member + " in " + title + "?",
              "What happens when I call " + subject + "()?");
      case "constructor" ->
          List.of(
              "What does the constructor of " + title + " do?",
              "What does new " + title + "(...) create?",
              "How is a " + title + " constructed?");
      case "field", "constant", "property" ->
          List.of(
              "What does " + subject + " mean?",
              "What is " + subject + "?",
              "What is the meaning of " + member + " in " + title + "?",
              "What does the constant " + subject + " stand for?");
      case "element" ->
          List.of(
              "What is " + member + " of @" + title + " for?",
              "What does the attribute " + member + " of the annotation " + title + " mean?",
              "What can I set with " + member + " in @" + title + "?");
      default ->
          List.of(
              "What is " + title + "?",
              "What is " + title + " used for?",
              "What is the purpose of " + title + "?",
              "What does the " + fact.documentKind() + " " + title + " do?",
              "Explain " + title + ".");
    };
  }

  private static List<String> chinese(Fact fact) {
    String subject = fact.subject();
    String title = fact.title();
    String member = fact.member();
    String name = fact.name();
    return switch (fact.kind()) {
      case PURPOSE -> chinesePurpose(fact);
      case HOW_TO ->
          List.of(
              "如何用 " + title + " " + name + "？",
              "怎么使用 " + title + " " + name + "？",
              title + " 里用哪个方法可以" + name + "？",
              "想" + name + "，应该调用 " + title + " 的哪个方法？");
      case RETURNS ->
          List.of(
              subject + " 返回什么？",
              title + " 的 " + member + " 方法的返回值是什么？",
              "调用 " + subject + " 会得到什么？",
              subject + "() 的返回值是什么意思？");
      case PARAMETER ->
          List.of(
              subject + " 的参数 " + name + " 是什么意思？",
              "调用 " + subject + " 时 " + name + " 应该传什么？",
              title + " 的 " + member + " 方法里，参数 " + name + " 有什么用？",
              subject + " 的 " + name + " 参数是什么？");
      case THROWS ->
          List.of(
              subject + " 什么时候会抛出 " + name + "？",
              "为什么 " + subject + " 会抛 " + name + "？",
              title + " 的 " + member + " 方法在什么情况下抛出 " + name + "？");
      case SINCE ->
          List.of(
              subject + " 是从哪个版本开始有的？",
              subject + " 是哪个版本加入的？",
              "哪个版本开始支持 " + subject + "？",
              title + " 的 " + (member.isEmpty() ? "起始版本" : member + " 的起始版本") + "是多少？");
      case DEPRECATED ->
          List.of(
              subject + " 已经过时了，应该用什么代替？",
              subject + " 为什么被废弃？",
              subject + " 过时了吗？用什么替代？");
      case DEFAULT ->
          List.of(
              "注解 " + title + " 的 " + member + " 默认值是什么？",
              "@" + title + " 的 " + member + " 默认是多少？",
              subject + " 的默认值是什么？");
      case TOPIC ->
          List.of(title + " 的“" + member + "”是什么意思？", title + " 里关于“" + member + "”是怎么说的？");
      case WRITTEN_BY ->
          List.of("《" + title + "》是谁写的？", "《" + title + "》的作者是谁？", "谁写了《" + title + "》？");
      case DYNASTY ->
          List.of("《" + title + "》是哪个朝代的？", "《" + title + "》写于哪个朝代？", "《" + title + "》的作者是哪个朝代的人？");
      case NEXT_LINE ->
          List.of(
              "“" + name + "”的下一句是什么？",
              "《" + title + "》里“" + name + "”的下一句是什么？",
              "“" + name + "”后面一句是什么？");
      case PREVIOUS_LINE ->
          List.of(
              "“" + name + "”的上一句是什么？",
              "《" + title + "》里“" + name + "”的上一句是什么？",
              "“" + name + "”前面一句是什么？");
    };
  }

  private static List<String> chinesePurpose(Fact fact) {
    String title = fact.title();
    String member = fact.member();
    String subject = fact.subject();
    return switch (fact.sectionKind()) {
      case "method" ->
          List.of(
              title + " 的 " + member + " 方法有什么作用？",
              subject + " 是做什么的？",
              subject + " 有什么用？",
              "调用 " + subject + "() 会发生什么？",
              title + " 的 " + member + " 方法是干什么用的？");
      case "constructor" ->
          List.of(title + " 的构造方法做了什么？", "怎么构造一个 " + title + "？", "new " + title + "(...) 会创建什么？");
      case "field", "constant", "property" ->
          List.of(
              subject + " 是什么意思？",
              title + " 的 " + member + " 表示什么？",
              title + " 里的常量 " + member + " 代表什么？");
      case "element" ->
          List.of(
              "注解 " + title + " 的 " + member + " 属性有什么作用？",
              "@" + title + " 的 " + member + " 是什么意思？",
              "@" + title + " 里 " + member + " 可以设置什么？");
      default ->
          List.of(
              title + " 是什么？",
              title + " 有什么作用？",
              title + " 是做什么用的？",
              "请介绍一下 " + title + "。",
              "什么是 " + title + "？");
    };
  }
}
