// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.util.List;

/**
 * Rules on requests for serious harm. They are few and precise: each one asks for a request to produce, carry out or
 * explain, and for an object that has no innocent reading in that place; talk about a subject passes.
 */
final class HarmRules {

  private static final String MAKE =
      "\\b(?:how (?:to|do|can|could|would|might) (?:i |you |we |one |someone |somebody |"
          + "a person )?(?:\\w+ )?|"
          + "(?:write|create|develop|make|give|provide|design|teach|show|explain|outline|describe|generate|"
          + "produce|draft|"
          + "list|share|tell|publish|offer|instruct|demonstrate|build|construct|compose|devise|plan|craft|"
          + "help me|instructions|"
          + "tutorial|guide|steps|recipe|manual|script|program|strategy|scheme|method|ways? to|tips|"
          + "best way)\\b)";
  private static final String BUILD =
      "(?:make|making|build|building|construct|constructing|create|creating|assemble|assembling|"
          + "manufactur\\w+|produc\\w+|"
          + "synthesi\\w+|cook|cooking|brew|prepar\\w+|design\\w*|grow|3d ?-?print\\w*|develop\\w*)";

  private HarmRules() {}

  /** Returns the rules in the order in which they are tried. */
  static List<Rule> all() {
    return List.of(
        Rule.of(
            "harm.weapons",
            "asks for weapons, explosives or poisons",
            MAKE + "[^.?!]{0,60}?\\b" + BUILD
                + "\\b[^.?!]{0,40}?\\b(?:pipe bombs?|car bombs?|dirty bombs?|nail bombs?|(?:nuclear|atomic|"
                + "chemical|biological|homemade|home-made) (?:bombs?|weapons?|explosives?)|bombs?|"
                + "explosives?|"
                + "explosive devices?|grenades?|molotov cocktails?|napalm|nerve (?:gas|agents?)|sarin|ricin|"
                + "anthrax|mustard gas|thermite|"
                + "firearms?|ghost guns?|silencers?|bioweapons?|weapons? of mass destruction|"
                + "untraceable (?:guns?|weapons?)|illegal (?:guns?|weapons?|firearms?))\\b",
            "\\b(?:detonate|set off|plant) (?:a |an |the )?(?:\\w+ )?(?:bomb|explosive)",
            "(?:怎么|如何|怎样|教我|告诉我|帮我|请|步骤|方法|教程|配方)[^。！？!?]{0,16}(?:制作|制造|做|造|合成|组装|自制|配制|提炼)[^。！？!?]{0,10}"
                + "(?:炸弹|炸药|爆炸物|枪支|手枪|毒气|沙林|蓖麻毒素|燃烧瓶|雷管|生化武器|核武器|化学武器|毒药)"),
        Rule.of(
            "harm.malware",
            "asks for malware or a break-in",
            MAKE + "[^.?!]{0,60}?\\b(?:malware|ransomware|spyware|keylogger|rootkit|botnet|trojan(?: horse)?|computer (?:virus|worm)|"
                + "worm that|virus that|phishing (?:e-?mails?|sites?|websites?|pages?|scams?|attacks?|"
                + "campaigns?)|ddos attack|denial[- ]of[- ]service attack)\\b"
                + "(?! (?:scanner|detector|detection|protection|prevention|analysis|removal|filter))",
            MAKE + "[^.?!]{0,40}?\\b(?:hack(?:ing)?|break(?:ing)? into|crack(?:ing)?|exploit(?:ing)?|gain(?:ing)? unauthori[sz]ed access|infiltrat\\w+|compromis\\w+)\\b[^.?!]{0,50}?"
                + "\\b(?:someone|somebody|another person|government|bank|corporate|company'?s?|military|"
                + "voting|election|power grid|neighbou?r'?s?|"
                + "other people|users?'|websites?|networks?|databases?|computer systems?|operating systems?|"
                + "e-?mail accounts?|social media accounts?|wi-?fi|webcams?|secure (?:systems?|network)|"
                + "accounts?)\\b",
            "(?:怎么|如何|怎样|教我|告诉我|帮我|请|写|编写|开发)[^。！？!?]{0,16}(?:勒索软件|勒索病毒|木马病毒|木马程序|键盘记录器|僵尸网络|恶意软件|恶意代码|钓鱼网站|"
                + "钓鱼邮件|计算机病毒|电脑病毒)(?![^。！？!?]{0,6}(?:防|检测|查杀|识别))",
            "(?:怎么|如何|怎样|教我|告诉我|帮我)[^。！？!?]{0,10}(?:入侵|黑进|黑掉|攻破|盗取|盗号|破解)[^。！？!?]{0,16}(?:账号|账户|网站|系统|服务器|"
                + "数据库|银行|密码|手机|wifi|邮箱)"),
        Rule.of(
            "harm.self-harm",
            "speaks of suicide or self-harm; an answer needs a person, not documentation",
            MAKE + "[^.?!]{0,60}?\\b(?:commit(?:ting)? suicide|kill(?:ing)? (?:my|your|one|them|him|her)sel(?:f|ves)|self[- ]harm(?:ing)?|suicide (?:method|note|pact|guide)s?|end(?:ing)? (?:my|your) (?:own )?life|anorexia|eating disorder)\\b",
            "\\bi (?:want|am going|plan|'m going) to (?:kill myself|end my life|die|commit suicide)\\b",
            "(?:怎么|如何|怎样|教我|告诉我|方法|我想|我要|打算|鼓励)[^。！？!?]{0,10}(?:自杀|自残|结束(?:自己|我)的生命|割腕|轻生)"),
        Rule.of(
            "harm.violence",
            "asks for help with hurting people",
            MAKE + "[^.?!]{0,60}?\\b(?:kill(?:ing)?|murder(?:ing)?|assassinat\\w+|kidnap(?:ping)?|abduct\\w*|tortur\\w+|poison(?:ing)?|stalk(?:ing)?|blackmail(?:ing)?|lynch\\w*|stab(?:bing)?|terroris[tm]\\w*|mass shooting|school shooting|genocide)\\b"
                + "(?! (?:process|processes|the process|thread|switch|signal|pill|task|job|session|query|"
                + "tables?|command|-9))"
                + "(?=[^.?!]{0,60}\\b(?:people|person|someone|somebody|man|woman|child|children|kids?|wife|"
                + "husband|attacks?|president|politicians?|public figures?|officials?|neighbou?r|family|them|"
                + "victims?|police|group|school|crowd|minority|acts?|without (?:getting|being) caught)\\b)",
            MAKE + "[^.?!]{0,60}?\\b(?:death threats?|hit ?man|cannibal\\w*|human trafficking|traffic(?:king)? (?:humans|people|children))\\b",
            "(?:怎么|如何|怎样|教我|告诉我|帮我|计划)[^。！？!?]{0,12}(?:杀人|杀死(?!进程|线程)|谋杀|绑架|下毒|投毒|暗杀|跟踪别人|敲诈|勒索别人|恐怖袭击|"
                + "贩卖人口)"),
        Rule.of(
            "harm.crime",
            "asks for help with a serious crime",
            MAKE + "[^.?!]{0,70}?\\b(?:identity theft|steal(?:ing)? (?:\\w+ ){0,3}?(?:identit(?:y|ies)|credit cards?|money|cars?|data|information|passwords?|bank|from)|counterfeit\\w*|money laundering|launder(?:ing)? money|"
                + "insider trading|tax (?:fraud|evasion)|evad(?:e|ing) taxes|credit card fraud|"
                + "insurance fraud|ponzi scheme|pyramid scheme|fake (?:id|ids|passports?|"
                + "drivers? licen[sc]es?|money|currency|news|reviews)|forg(?:e|ing) (?:\\w+ )?(?:documents?|"
                + "passports?|signatures?|checks?|currency)|"
                + "smuggl(?:e|ing)|shoplift\\w*|rob(?:bing)? (?:a|the) (?:bank|store|house)|arson|"
                + "illegal drugs?|methamphetamine|crystal meth|cocaine|heroin|fentanyl|lsd|mdma|"
                + "drug (?:trafficking|dealing|cartel)|embezzl\\w+|extort\\w*|bribe|bribing|defraud\\w*|"
                + "scam(?:ming)? )",
            MAKE + "[^.?!]{0,60}?\\b(?:child (?:porn\\w*|abuse|sexual)|sexual(?:ly)? (?:explicit|exploit\\w*|abuse)[^.?!]{0,30}(?:child|minor|kid)\\w*|groom(?:ing)? (?:a )?(?:child|minor|kid)\\w*|revenge porn)",
            "(?:怎么|如何|怎样|教我|告诉我|帮我|步骤|方法)[^。！？!?]{0,12}(?:制毒|制造冰毒|合成冰毒|贩毒|吸毒|洗钱|伪造(?:证件|身份证|护照|货币|假币|印章)|"
                + "制作假币|偷税|诈骗|盗刷|偷窃|抢劫|走私)"),
        Rule.of(
            "harm.hate",
            "asks for hatred against a group",
            MAKE + "[^.?!]{0,80}?\\b(?:racist|sexist|homophobic|antisemitic|xenophobic|white supremac\\w+|neo-?nazi|hate speech|ethnic cleansing|"
                + "(?:promot|encourag|incit|justif|glorif)\\w+ (?:\\w+ ){0,3}?(?:racism|violence|hatred|hate|"
                + "terrorism|discrimination|genocide|suicide|drug (?:use|abuse)))\\b(?! (?:detection|"
                + "classifier|filter|moderation))",
            "(?:写|编|发表|帮我|宣扬|煽动)[^。！？!?]{0,12}(?:种族歧视|仇恨言论|种族仇恨|歧视(?:女性|黑人|残疾人|少数民族))[^。！？!?]{0,6}(?:言论|文章|"
                + "笑话|段子|标语)"));
  }
}
