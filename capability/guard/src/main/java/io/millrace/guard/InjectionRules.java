// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.util.List;

/**
 * Rules on attempts to take the model over. Each one may refuse on its own, so each one asks for a verb, whose rules
 * are meant, and which ones: "ignore a field" or "override the system property" must pass. Families of attacks after
 * Schulhoff et al. 2023, "Ignore This Title and HackAPrompt" (arXiv:2311.16119), section 4.
 */
final class InjectionRules {

  private static final String DROP =
      "(?:ignore|ignoring|disregard|forget|dismiss|discard|override|bypass|neglect|skip over|"
          + "pay no attention to|"
          + "(?:do ?n[o']?t|do not|no longer|never) (?:follow|obey|listen to|adhere to)|stop (?:following|"
          + "obeying)|erase|"
          + "cancel|nullify|set aside|throw away|abandon|leave behind)";
  private static final String FORGET =
      "(?:ignore|ignoring|disregard|forget|bypass|pay no attention to|set aside|abandon|"
          + "(?:do ?n[o']?t|do not|no longer|never) (?:follow|obey|listen to|adhere to)|stop (?:following|"
          + "obeying))";
  // What only a model is given may be dropped by no words at all; rules and filters are also everyday things.
  private static final String ORDERS =
      "(?:inst?r?u?ctions?|prompts?|directives?|guidelines?|guardrails?|programming|preprompt)";
  private static final String LIMITS =
      "(?:rules|orders|commands?|directions?|restrictions?|constraints?|polic(?:y|ies)|safeguards?|filters?|"
          + "training|"
          + "protocols?|limitations?|principles|ethics)";
  private static final String ANY_WHOSE =
      "(?:previous|prior|above|earlier|preceding|former|foregoing|initial|original|existing|current|past|old|"
          + "your|system|developer|safety|content|ethical|given|hidden|internal|openai|anthropic|all|any|"
          + "these|those|the)";
  private static final String THEIR_WHOSE =
      "(?:previous|prior|above|earlier|preceding|foregoing|your|safety|ethical|openai|anthropic|openai's|"
          + "moral)";

  private InjectionRules() {}

  /** Returns the rules in the order in which they are tried. */
  static List<Rule> all() {
    return List.of(
        Rule.of(
            "injection.ignore-instructions",
            "tells the model to drop the instructions that it was given",
            "\\b" + DROP + "(?: \\w+){0,3}? " + ANY_WHOSE + " (?:\\w+ ){0,3}?" + ORDERS + "\\b(?! (?:set|pointer|cache))",
            "\\b" + FORGET + "(?: \\w+){0,3}? " + THEIR_WHOSE + " (?:\\w+ ){0,3}?" + LIMITS + "\\b",
            "\\b" + FORGET + "(?: \\w+){0,2}? (?:the )?(?:above|previous (?=conversation|context|paragraph))(?: \\w+)? ?"
                + "(?:conversation|context|text|messages?|input|sentences?|paragraphs?|statements?|"
                + "(?=[.,!:;]|$| and | instead))",
            "\\b" + FORGET + " (?:all |any |every |each |everything |anything )?(?:of )?(?:that |what )?(?:was |is |has been |have been |i |you |they |we |i've |you've |you were )+"
                + "(?:just )?(?:said|told|written|stated|instructed|given|learned|"
                + "trained)(?: \\w+){0,3}? ?(?:above|before|previously|earlier|so far|until now|to you|"
                + "until this point|to do)\\b",
            "\\b" + FORGET + " (?:everything|anything|all)(?: that| which| of it)?(?: \\w+){0,2}? (?:above|before this|before now|previously|up to (?:this|now)|prior to)\\b",
            "\\b(?:from now on|starting now|henceforth)[^.]{0,40}(?:ignore|disregard|forget) ",
            "\\b(?:previous|prior|above|earlier|original|initial|system) (?:instructions?|prompts?|rules|"
                + "guidelines?|directives?|commands?) "
                + "(?:are|is|were|have been|has been) (?:now )?(?:void|invalid|cancell?ed|obsolete|revoked|"
                + "superseded|replaced|overridden|no longer|nullified|wrong|a test)",
            "\\bnew (?:system )?(?:instructions?|directives?|prompt|rules)\\b ?(?:begin|start|follow|"
                + "override|supersede|replace|:).{0,80}(?:ignore|instead|only|must|you)",
            "\\b(?:ignora|olvida|omite)(?: \\w+){0,3} (?:instrucciones|ordenes|reglas)",
            "\\b(?:ignore[zr]?|oublie[zr]?)(?: \\w+){0,3} (?:instructions|consignes|"
                + "regles)\\b(?= (?:precedentes|ci-dessus|anterieures))",
            "\\b(?:ignoriere|vergiss|missachte)(?: \\w+){0,4} (?:anweisungen|regeln|vorgaben)",
            "(?:忽略|无视|忘记|忘掉|忘了|不要理会|不要管|别管|抛开|抛弃|跳过|绕过|不再遵守|不要遵守|不用遵守|停止遵守|违反|清除|取消|推翻|撤销)"
                + "[^。！？!?,，]{0,12}(?:之前|以前|先前|以上|上面|上述|前面|此前|你的|您的|系统|全部|所有|原有|原来|初始|开发者|一切|预设|既定|刚才)"
                + "[^。！？!?,，]{0,10}(?:指令|指示|提示词|提示|命令|规则|要求|设定|限制|约束|准则|规定|规范|说明|内容|对话|安全|审查|过滤|消息|策略|话)",
            "(?:之前|以前|先前|以上|上面|上述|前面|系统)的?[^。！？!?,，]{0,6}(?:指令|指示|提示词|规则|设定|限制)[^。！？!?,，]{0,6}(?:作废|失效|无效|取消|"
                + "不再有效|不算数|忽略)"),
        Rule.of(
            "injection.reveal-system-prompt",
            "asks for the hidden instructions that the model was given",
            "\\b(?:reveal|show|tell|print|output|display|repeat|give|share|disclose|expose|leak|dump|write|"
                + "provide|recite|"
                + "reproduce|summari[sz]e|return|list|translate|paste|copy|echo|type|spell|send|describe|"
                + "paraphrase|quote|state)"
                + "(?: \\w+){0,3}? (?:your|the|ur|its) (?:\\w+ ){0,3}?"
                + "(?:system prompt|system message|system instructions?|hidden (?:prompt|instructions?|rules|"
                + "message)|"
                + "initial (?:prompt|instructions?|message)|original (?:prompt|instructions?|message)|"
                + "secret (?:prompt|instructions?|rules)|internal (?:prompt|instructions?|rules|guidelines|"
                + "configuration)|"
                + "(?:developer|base|meta|pre|starting|underlying|confidential|core|first) ?-?(?:prompt|"
                + "instructions?|message))\\b"
                + "(?! (?:of|in|for|on) (?:the |a |my )?(?:shell|terminal|console|command line|bash|windows|"
                + "linux|cli))",
            "\\b(?:what|which) (?:is|are|was|were)(?: exactly)? (?:your|ur) (?:\\w+ ){0,2}?(?:system prompt|"
                + "system message|prompt|"
                + "(?:hidden|initial|original|secret|system|internal|exact|first) (?:prompt|instructions?|"
                + "rules|directives|message|guidelines))\\b",
            "\\b(?:repeat|print|output|show|write|copy|say|recite|echo|translate|summari[sz]e|encode|"
                + "return)(?: \\w+){0,3}?"
                + " (?:everything|all|the (?:text|words|content|sentence|sentences|lines?|conversation|"
                + "instructions|prompt|message))"
                + "(?: \\w+){0,3}? (?:above|before this|preceding|prior to this|so far|you were given|"
                + "you have been given|given to you)\\b(?! (?:code|method|example|class))",
            "\\b(?:reveal|show|tell|print|repeat|give|share|disclose|expose|"
                + "leak)(?: \\w+){0,2}? your (?:\\w+ )?(?:instructions|rules|guidelines|programming|"
                + "directives|configuration|source code|training data|passwords?|secret key|secrets?|"
                + "api keys?|credentials)\\b",
            "\\bwhat (?:were|are|was) (?:you|the instructions you)(?: \\w+){0,3} (?:told|instructed|given|"
                + "programmed)\\b(?=.{0,30}(?:before|above|to do|by your|system|at the start))",
            "\\b(?:begin|start) (?:your (?:reply|answer|response|output) )?with ['\"]?you are (?:chatgpt|"
                + "an? |the )",
            "(?:输出|显示|告诉我|说出|打印|重复|复述|展示|泄露|公开|透露|给我看|提供|列出|翻译|写出|背诵|发给我|总结|揭示|返回|复制)[^。！？!?,，]{0,10}"
                + "(?:你的|您的|系统|初始|隐藏|内部|原始|最初|开发者|以上|上面|上述|完整)[^。！？!?,，]{0,6}"
                + "(?:提示词|系统提示|系统消息|系统指令|初始指令|隐藏指令|内部指令|指令|设定|内部规则|prompt)",
            "你的(?:系统|初始|原始|隐藏|内部|完整)?的?(?:提示词|系统提示|system prompt|prompt|初始指令|系统指令|隐藏规则)(?:是什么|有哪些|内容|是啥|说了什么|"
                + "发出来|给我)",
            "(?:把|将)[^。！？!?]{0,6}(?:系统提示词?|提示词|初始指令|系统指令)[^。！？!?]{0,8}(?:告诉|发给|输出|打印|显示|翻译|重复|给我|写出)"),
        Rule.of(
            "injection.role-override",
            "gives the model a persona without rules",
            "\\b(?:you are|you're|act as|act like|pretend (?:to be|you are|you're|that you)|roleplay as|"
                + "role-play as|play the role of|"
                + "become|simulate|behave as|respond as|answer as|imagine you are|assume the (?:role|persona|"
                + "identity) of)\\b"
                + "[^.\\n]{0,80}\\b(?:dan|do anything now|stan|dude|aim|evil|unrestricted|unfiltered|"
                + "uncensored|amoral|unethical|jailbroken|"
                + "no (?:rules|restrictions|limits|limitations|filters?|guidelines|boundaries|ethics|ethical|"
                + "morals?|moral|censorship|content polic)|"
                + "without (?:any )?(?:rules|restrictions|limits|limitations|filters?|guidelines|boundaries|"
                + "ethics|ethical|morals?|moral|censorship|content polic)|"
                + "not (?:bound|limited|restricted|constrained) by|free (?:from|of) (?:all |any )?(?:rules|"
                + "restrictions|limits|constraints|guidelines|policies))\\b",
            "\\b(?:enable|enter|activate|switch (?:in)?to|turn on|go into|engage|unlock|start|simulate|"
                + "you are (?:now )?in)(?: \\w+){0,3}? "
                + "(?:(?:developer|dev|debug|god|admin|administrator|root|sudo|dan|jailbreak|unrestricted|"
                + "unfiltered|uncensored|evil|maintenance|opposite|dark|bypass) mode)\\b(?=.{0,200}(?:you|"
                + "rules|restrict|filter|polic|respon|answer|prompt|\\.?$))",
            "\\bdo anything now\\b",
            "\\byou (?:can|will|may|must|are able to|are free to|are allowed to|"
                + "have to) (?:now )?(?:do anything|say anything|answer anything|generate anything)\\b",
            "\\b(?:you (?:have|are)|has|with) (?:now )?(?:been )?(?:freed|broken free|liberated|jailbroken|"
                + "unshackled|released) (?:from|of)\\b[^.]{0,40}(?:ai|rules|openai|confines|restrictions|"
                + "limits|chains|polic)",
            "\\b(?:never|do not|don't|must not|can't|cannot) (?:refuse|say (?:no|that you can't|you can't|"
                + "sorry)|decline|reject)\\b[^.]{0,60}\\b(?:request|question|answer|anything|command|"
                + "instruction|order|user)",
            "\\b(?:as|am) (?:your|the) (?:developer|creator|administrator|admin|owner|"
                + "programmer)\\b[^.]{0,40}\\b(?:order|command|authori[sz]e|instruct|override|grant|require|"
                + "need) ",
            "(?:扮演|假装|假设你是|想象你是|现在你是|你现在是|从现在起你是|从现在开始你是|你将扮演|充当|模拟)[^。！？!?]{0,40}"
                + "(?:没有(?:任何)?(?:限制|规则|道德|约束|审查|底线|过滤|顾忌)|不受(?:任何)?[^。！？!?]{0,8}(?:限制|约束|束缚|控制|规则|审查)|无限制|"
                + "无审查|无过滤|邪恶|越狱|dan|不遵守)",
            "(?:进入|开启|启用|切换到?|激活|打开|启动)[^。！？!?]{0,8}(?:开发者模式|越狱模式|上帝模式|无限制模式|dan ?模式|管理员模式|调试模式|自由模式|不受限|"
                + "无审查模式)[^。！？!?]{0,40}(?:你|限制|规则|回答|$)",
            "你(?:现在)?(?:可以|能够|必须|要)(?:做|说|回答)任何(?:事|问题|内容|话)",
            "(?:不要|不能|不得|不准|绝不|不许|禁止)(?:拒绝|说不|推辞)[^。！？!?]{0,12}(?:回答|请求|问题|我|用户|要求)"),
        Rule.ofRaw(
            "injection.delimiter-forging",
            "forges the marks that separate turns of a dialogue",
            "<\\|\\s{0,3}(?:im_start|im_end|im_sep|system|user|assistant|endoftext|end|start_header_id|"
                + "end_header_id|eot_id|begin_of_text|endofprompt)\\s{0,3}\\|>",
            "\\[/?INST\\]|<</?SYS>>|<\\/?s>\\s{0,3}\\[INST|<start_of_turn>|<end_of_turn>|"
                + "\\[/?SYSTEM(?:_PROMPT)?\\]",
            "(?:^|\\n)\\s{0,3}(?:#{2,}|\\*{2}|={3,}|-{3,})\\s{0,3}(?:end of |end |new |begin |"
                + "start of )?(?:system|instructions?|assistant|prompt|system prompt|system message|"
                + "user input)\\s{0,3}(?:prompt|message|instructions?)?\\s{0,3}(?:#{2,}|\\*{2}|={3,}|-{3,}|"
                + ":)",
            "</?(?:system|system_prompt|system-prompt|instructions?|assistant|user_input|user_query|"
                + "developer)>\\s{0,3}[^<\\s]",
            "(?:^|\\n)\\s{0,3}(?:system|assistant|developer)\\s{0,2}:\\s[^\\n]{0,200}\\b(?:you|must|now|"
                + "ignore|will|instructions?|sure|override|new)\\b",
            "\\{\\s{0,3}\"role\"\\s{0,3}:\\s{0,3}\"(?:system|assistant|developer)\""),
        Rule.of("injection.mixed-scripts", "hides its words by mixing alphabets within them"),
        Rule.of(
            "injection.tool-smuggling",
            "makes the model call tools or send data on behalf of the text that it reads",
            "<(?:tool_call|function_call|tool_response|invoke|antml:invoke)\\b",
            "\\{\\s?\"(?:tool|function|name|tool_name)\"\\s?:\\s?\"[\\w.]{1,60}\"\\s?,\\s?\"(?:arguments|"
                + "parameters|args)\"\\s?:",
            "!\\[[^\\]]{0,60}\\]\\(https?://[^)]{0,200}(?:\\{|data=|q=|prompt|secret|\\[)",
            "\\b(?:send|post|forward|email|upload|exfiltrate|transmit|leak|"
                + "append)\\b[^.]{0,60}\\b(?:conversation|chat history|api keys?|passwords?|credentials|"
                + "user(?:'s)? data|personal (?:data|information)|system prompt|secrets?|private data|"
                + "session)\\b[^.]{0,40}\\b(?:to|at|into|in the url)\\b[^.]{0,10}(?:https?:|www|"
                + "[\\w.-]{1,40}@|attacker|url|webhook|my server|this (?:address|link))",
            "(?:发送|上传|转发|提交|泄露)[^。！？!?]{0,20}(?:对话|聊天记录|密码|密钥|用户数据|个人信息|凭证|系统提示)[^。！？!?]{0,12}(?:到|至|"
                + "给)[^。！？!?]{0,12}(?:http|邮箱|网址|服务器|链接|@)"),
        Rule.of(
            "injection.encoded-request",
            "hides what it wants in an encoding and asks the model to carry it out",
            "\\b(?:decode|decrypt|unscramble|decipher|translate|convert|"
                + "interpret)\\b[^.]{0,80}\\b(?:base ?64|rot ?13|hex|binary|morse|cipher|caesar|leet|"
                + "reverse[d]?|encoded)\\b[^\\n]{0,80}\\b(?:and|then)\\b (?:then )?(?:\\w+ )?(?:execute|"
                + "follow|obey|do what|carry (?:it )?out|act on|comply|perform|run the instruction|"
                + "answer it without)",
            "\\b(?:respond|reply|answer|output|speak|write|print|encode)\\b[^.]{0,50}\\b(?:system prompt|"
                + "instructions|secret|password|hidden|rules)\\b[^.]{0,40}\\b(?:in|as|using|"
                + "into) (?:base ?64|rot ?13|hex|binary|morse|pig latin|leet|reverse|ascii)",
            "(?:解码|解密|翻译|还原|反转)[^。！？!?]{0,30}(?:base ?64|rot ?13|十六进制|二进制|摩斯|密文|编码)?[^。！？!?]{0,30}(?:然后|并|再|"
                + "接着)[^。！？!?]{0,6}(?:执行|照做|遵照|服从|按照.{0,8}做)"));
  }
}
