// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.jinja;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** Templates in the style of well-known models; the expected texts are what Jinja2 3.1.6 writes with Transformers' settings. */
class JinjaTemplateTest {
  private static final Map<String, Object> WEATHER = Map.of("type", "function", "function", Map.of("name", "weather"));

  private static Map<String, Object> message(String role, String content) {
    return Map.of("role", role, "content", content);
  }

  private static Map<String, Object> dialogue(boolean open) {
    return Map.of("bos_token", "<s>", "eos_token", "</s>", "add_generation_prompt", open, "messages", List.of(
        message("system", " Be brief. "), message("user", "Hi"), message("assistant", "<think>\nhm\n</think>\n\nHello."),
        message("user", "天气?")));
  }

  private static String render(String template, Map<String, ?> variables) {
    return new JinjaTemplate(template, "test.jinja").render(variables);
  }

  @Test
  void writesHeadersAndEndsOfTurnsWithTheDate() {
    String template = """
        {{- bos_token -}}
        {%- if not date_string is defined %}
            {%- set date_string = '1 Jan 2026' %}
        {%- endif %}
        {%- if messages[0]['role'] == 'system' %}
            {%- set instructions = messages[0]['content'] | trim %}
            {%- set messages = messages[1:] %}
        {%- else %}
            {%- set instructions = '' %}
        {%- endif %}
        {{- '<|start|>system<|stop|>\\n\\nToday: ' + date_string + '\\n\\n' + instructions + '<|eot|>' }}
        {%- for m in messages %}
            {{- '<|start|>' + m.role + '<|stop|>\\n\\n' + m['content'] | trim + '<|eot|>' }}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|start|>assistant<|stop|>\\n\\n' }}
        {%- endif %}
        """;
    assertThat(render(template, dialogue(true))).isEqualTo("<s><|start|>system<|stop|>\n\nToday: 1 Jan 2026\n\nBe brief.<|eot|>"
        + "<|start|>user<|stop|>\n\nHi<|eot|><|start|>assistant<|stop|>\n\n<think>\nhm\n</think>\n\nHello.<|eot|>"
        + "<|start|>user<|stop|>\n\n天气?<|eot|><|start|>assistant<|stop|>\n\n");
  }

  @Test
  void putsTheInstructionsIntoTheLastQuestionAndRefusesRolesOutOfTurn() {
    String template = """
        {%- if messages[0].role == "system" -%}
          {%- set system, rest = messages[0].content.strip(), messages[1:] -%}
        {%- else -%}
          {%- set rest = messages -%}
        {%- endif -%}
        {{ bos_token }}
        {%- for m in rest -%}
          {%- if (m.role == 'user') != (loop.index0 % 2 == 0) -%}
            {{ raise_exception('user and assistant must take turns, not ' + m.role) }}
          {%- endif -%}
          {%- if m.role == 'user' -%}
            {{ '[INST] ' ~ (system + '\\n\\n' if loop.last and system is defined else '') ~ m.content ~ ' [/INST]' }}
          {%- else -%}
            {{ ' ' ~ m.content.split('</think>')[-1].lstrip('\\n') ~ eos_token }}
          {%- endif -%}
        {%- endfor -%}
        """;
    assertThat(render(template, dialogue(true)))
        .isEqualTo("<s>[INST] Hi [/INST] Hello.</s>[INST] Be brief.\n\n天气? [/INST]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> render(template, Map.of("bos_token", "", "messages", List.of(message("tool", "x")))))
        .withMessageStartingWith("test.jinja, near '{{ raise_exception(").withMessageContaining("must take turns, not tool");
  }

  @Test
  void dropsEarlierThoughtsAndListsTools() {
    String template = """
        {%- if tools %}
        {{- '<|im_start|>system\\n' }}
        {%- if messages[0].role == 'system' %}{{ messages[0].content.strip() + '\\n\\n' }}{% endif %}
        {{- "<tools>" }}
        {%- for tool in tools %}
        {{- "\\n" }}{{ tool | tojson }}
        {%- endfor %}
        {{- "\\n</tools><|im_end|>\\n" }}
        {%- endif %}
        {%- set ns = namespace(searching=true, last=messages|length - 1) %}
        {%- for m in messages[::-1] %}
        {%- if ns.searching and m.role == 'user' and not m.content.startswith('<tool') %}
        {%- set ns.searching = false %}
        {%- set ns.last = messages|length - 1 - loop.index0 %}
        {%- endif %}
        {%- endfor %}
        {%- for m in messages if m.role != 'system' %}
        {{- '<|im_start|>' + m.role + '\\n' }}
        {%- if m.role == 'assistant' and '</think>' in m.content and loop.index < ns.last %}
        {{- m.content.split('</think>')[1].strip('\\n') }}
        {%- else %}
        {{- m.content }}
        {%- endif %}
        {{- '<|im_end|>' + ('' if loop.nextitem is defined and loop.nextitem.role == 'none' else '\\n') }}
        {%- endfor %}
        {%- if add_generation_prompt %}
        {{- '<|im_start|>assistant\\n' }}
        {%- endif %}
        """;
    Map<String, Object> variables = new java.util.LinkedHashMap<>(dialogue(true));
    variables.put("tools", List.of(WEATHER));
    assertThat(render(template, variables)).isEqualTo("<|im_start|>system\nBe brief.\n\n<tools>\n"
        + PythonJson.write(WEATHER, -1, List.of()) + "\n</tools><|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        + "<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\n天气?<|im_end|>\n<|im_start|>assistant\n");
  }

  @Test
  void trimsBlocksAsTransformersDoes() {
    String template = """
        {% for m in messages %}
          {# a note #}
        <|{{ m.role }}|>
          {% generation %}
        {{ m.content }}
          {% endgeneration %}
        {% else %}
        nobody
        {% endfor %}
        end
        """;
    assertThat(render(template, Map.of("messages", List.of(message("user", "a"), message("user", "b")))))
        .isEqualTo("<|user|>\na\n<|user|>\nb\nend");
    assertThat(render(template, Map.of("messages", List.of()))).isEqualTo("nobody\nend");
  }

  @Test
  void writesValuesAsPythonDoes() {
    Map<String, Object> variables = Map.of("x", List.of("it's", 1, true, 0.5, Map.of("a", "é\n\"")));
    assertThat(render("{{ x }}|{{ x | tojson }}|{{ x | tojson(separators=(',', ':')) }}", variables))
        .isEqualTo("[\"it's\", 1, True, 0.5, {'a': 'é\\n\"'}]|[\"it's\", 1, true, 0.5, {\"a\": \"é\\n\\\"\"}]"
            + "|[\"it's\",1,true,0.5,{\"a\":\"é\\n\\\"\"}]");
    assertThat(render("{{ {'k': [1, {}]} | tojson(indent=2) }}", variables)).isEqualTo("{\n  \"k\": [\n    1,\n    {}\n  ]\n}");
    assertThat(render("{{ 'a,b,c'.split(',', 1) }}{{ ' a b '.split() }}{{ 'abc'[-1] }}{{ 'x.y.z'.rsplit('.', 1)[0] }}"
        + "{{ 'ab'.replace('a', 'c').upper() }}{{ '--a-'.strip('-') }}{{ 'hello wORLD'.title() }}", variables))
        .isEqualTo("['a', 'b,c']['a', 'b']cx.yCBaHello World");
  }

  @Test
  void whatPeopleWriteIsNoTemplateAndNoTruthValue() {
    Map<String, Object> variables = Map.of("messages", List.of(message("user", "{{ 1 + 1 }}{% if %}"), message("user", "False")));
    assertThat(render("{% for m in messages %}{% if m.content %}[{{ m.content }}]{% endif %}{% endfor %}", variables))
        .isEqualTo("[{{ 1 + 1 }}{% if %}][False]");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "{{ ''.getClass().forName('java.lang.Runtime') }}", "{{ x.getClass() }}", "{{ x.class.name }}", "{{ x | attr('class') }}",
    "{{ ''.class }}", "{{ loop.class }}", "{{ ____int3rpr3t3r____.getConfig() }}", "{{ 'a'.repeat(1000000000) }}",
  })
  void noJavaObjectIsWithinReach(String template) {
    String written;
    try {
      written = render(template, Map.of("x", List.of(1)));
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining("test.jinja");
      return;
    }
    assertThat(written).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "{% include 'application.properties' %}", "{% import 'x' as y %}", "{% extends 'x' %}",
    "{{ x.append(1) }}", "{{ 'a' 'b' }}", "{{ dict(a=1) }}", "{% unknown %}", "{{ x | no_such_filter }}",
    "{{ (1 == 1) and 'a' or 'b' }}", "{{ x | tojson(sort_keys=true) }}", "{{ 'a'.encode() }}",
  })
  void whatCannotBeRenderedIsRefusedWithItsPlace(String template) {
    assertThatIllegalArgumentException().isThrownBy(() -> render("first\n" + template, Map.of("x", List.of(1))))
        .withMessageStartingWith("test.jinja");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "{% for a in range(9999) %}{% for b in range(9999) %}{% set c = a %}{% endfor %}{% endfor %}",
    "{% set ns = namespace(x='0123456789') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(x=[1, 2]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(1) }}",
  })
  void aTemplateThatRunsAwayIsStopped(String template) {
    assertThatIllegalArgumentException().isThrownBy(() -> render(template, Map.of())).withMessageContaining("test.jinja");
  }
}
