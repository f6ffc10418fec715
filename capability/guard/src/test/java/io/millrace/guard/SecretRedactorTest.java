// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import io.millrace.core.spi.Guard.Finding;
import io.millrace.core.spi.Guard.Redaction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.SplittableRandom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SecretRedactorTest {

  private static final SecretRedactor REDACTOR = new SecretRedactor();

  // Keys are put together here so that no scanner takes this file for a leak.
  private static final String GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";
  private static final String AWS = "AKIA" + "IOSFODNN7EXAMPLE";
  private static final String OPENAI = "sk-" + "proj-9fK2mQ7xT4bW8nZ1cV5jL3pR6sD0";
  private static final String SLACK = "xoxb-" + "123456789012-abcdefGHIJKL";
  private static final String JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0" + ".dozjgNryP4J3jVmNHl0w5N";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Mail me at jane.doe+x@mail.example.co.uk.|Mail me at [email].",
        "Call +49 30 1234567 today|Call [phone] today",
        "我的手机号是13912345678。|我的手机号是[phone]。",
        "phone: (96) 627-277|phone: [phone]",
        "ID 11010519491231002X ok|ID [resident-id] ok",
        "Card 4111 1111 1111 1111, thanks|Card [credit-card], thanks",
        "IBAN DE89 3704 0044 0532 0130 00.|IBAN [iban].",
        "host 10.200.3.41:9092 and 84.23.19.7|host [ip-address]:9092 and [ip-address]",
        "at fe80::1ff:fe23:4567:890a now|at [ip-address] now",
        "jdbc:postgresql://app:s3cr3tPw@db/x|jdbc:postgresql://app:[password]@db/x",
        "password=hunter2secret;user=a|password=[password];user=a",
        "密码：Abc12345|密码：[password]",
        "SSN 536-22-1234|SSN [us-ssn]",
        "api_key = \"9fK2mQ7xT4bW8nZ1cV5jL3\"|api_key = \"[password]\"",
      })
  void findsAndLabels(String text, String expected) {
    assertThat(REDACTOR.redact(text).text()).isEqualTo(expected);
  }

  @Test
  void findsKeysByTheirShape() {
    String text = String.join(" ; ", GITHUB, AWS, OPENAI, SLACK, JWT);
    assertThat(REDACTOR.redact(text).text())
        .isEqualTo("[github-token] ; [aws-key] ; [openai-key] ; [slack-token] ; [jwt]");
    String pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC==\n-----END RSA PRIVATE KEY-----";
    assertThat(REDACTOR.redact("k: " + pem + " end").text()).isEqualTo("k: [private-key] end");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Card 4111 1111 1111 1112",
        "ID 110105194912310021",
        "IBAN DE89 3704 0044 0532 0130 01",
        "Lucene 10.5.0, version 1.2.3.4, OID 1.3.6.1.4.1.311, 127.0.0.1, 0.0.0.0, 255.255.255.0",
        "org.apache.lucene.index.IndexWriter#addDocument(Iterable) @since 9.0",
        "UUID.fromString(\"550e8400-e29b-41d4-a716-446655440000\")",
        "token: the authentication token, password: the password of the key store, secret=true",
        "serialVersionUID = 13912345678L; Long.MAX_VALUE 9223372036854775807; 0x7fffffffffffffff",
        "password = request.getParameter(\"password2\"); token = Base64.getEncoder().encode(b)",
        "ArrayList::add, Foo::bar, std::vector, 12:30:45, a::b",
        "@Override public @Nullable String name(); user@ and @param x",
        "2024-01-31T10:15:30.123456789Z and 1700000000000 ms",
        "sk-fading-circle-container-element is a CSS class",
        "SecretKeyFactorySpi, AccessTokenResponseClient2, PasswordEncoderFactories",
        "password=${DB_PASSWORD1} pwd=*** api-key=<YOUR-KEY-1>",
      })
  void leavesApiTextAsItIs(String text) {
    Redaction redaction = REDACTOR.redact(text);
    assertThat(redaction.text()).isEqualTo(text);
    assertThat(redaction.findings()).isEmpty();
  }

  @Test
  void findingsCoverExactlyWhatIsReplacedAndRedactingAgainChangesNothing() {
    List<String> parts =
        List.of(
            "jane@mail.example", "4111111111111111", "13912345678", "11010519491231002X", GITHUB, AWS, JWT, OPENAI,
            "password=hunter2secret", "token: ", "https://u:p4ssw0rd@h/", "84.23.19.7", "DE89370400440532013000",
            "+493012345678", " ", ", ", "\n", "x", "[email]", "[", "]", "1", ".", "-", ":", "=", "call me ", "密码是",
            "IndexWriter", "fe80::1ff:fe23:4567:890a", "-----BEGIN PRIVATE KEY-----", "aws secret=");
    SplittableRandom random = new SplittableRandom(17);
    for (int i = 0; i < 5_000; i++) {
      StringBuilder made = new StringBuilder();
      for (int n = 1 + random.nextInt(8); n > 0; n--) {
        made.append(parts.get(random.nextInt(parts.size())));
      }
      String text = made.toString();
      Redaction redaction = REDACTOR.redact(text);
      StringBuilder rebuilt = new StringBuilder();
      int from = 0;
      for (Finding finding : redaction.findings()) {
        assertThat(finding.start()).as(text).isGreaterThanOrEqualTo(from).isLessThan(finding.end());
        rebuilt.append(text, from, finding.start()).append('[').append(finding.kind()).append(']');
        from = finding.end();
      }
      assertThat(rebuilt.append(text.substring(from)).toString()).as(text).isEqualTo(redaction.text());
      assertThat(REDACTOR.redact(redaction.text()).text()).as(text).isEqualTo(redaction.text());
    }
  }

  @Test
  @Timeout(60)
  void hostileInputOfAMegabyteTakesLinearTime() {
    for (String unit :
        List.of("a@", "1 ", "1.", "a:", "://a:", "-----BEGIN PRIVATE KEY-----", "AKIA", "密码", "token=", "aws key ", "0a ")) {
      String text = unit.repeat(1_000_000 / unit.length());
      assertThat(REDACTOR.redact(text).text()).isNotEmpty();
    }
  }

  @Test
  void kindsCanBeChosenAndTextsKept() {
    SecretRedactor mails = new SecretRedactor(List.of("email"));
    assertThat(mails.redact("a@b.example 13912345678").text()).isEqualTo("[email] 13912345678");
    assertThat(REDACTOR.redact("a@b.example, c@b.example", List.of("a@b.example")).text())
        .isEqualTo("a@b.example, [email]");
    assertThatThrownBy(() -> new SecretRedactor(List.of("e-mail")))
        .hasMessageContaining("'e-mail'")
        .hasMessageContaining("email");
  }
}
