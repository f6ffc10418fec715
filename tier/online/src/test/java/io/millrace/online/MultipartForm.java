// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** A form with files, as browsers and curl send it. */
final class MultipartForm {
  static final String TYPE = "multipart/form-data; boundary=MILL";
  static final String END = "--MILL--\r\n";

  private final TestMill mill;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();

  /** An empty form for a gateway. */
  MultipartForm(TestMill mill) {
    this.mill = mill;
  }

  MultipartForm field(String name, String value) {
    return part("name=\"" + name + "\"", value.getBytes(StandardCharsets.UTF_8));
  }

  MultipartForm file(String name, String content) {
    return file(name, content.getBytes(StandardCharsets.UTF_8));
  }

  MultipartForm file(String name, byte[] content) {
    return part("name=\"file\"; filename=\"" + name + "\"\r\nContent-Type: application/octet-stream", content);
  }

  private MultipartForm part(String head, byte[] content) {
    body.writeBytes(("--MILL\r\nContent-Disposition: form-data; " + head + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
    body.writeBytes(content);
    body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** The parts so far, without what ends a form. */
  byte[] parts() {
    return body.toByteArray();
  }

  HttpResponse<String> send(String key) {
    return send(key, "/v1/documents/files");
  }

  HttpResponse<String> send(String key, String path) {
    body.writeBytes(END.getBytes(StandardCharsets.UTF_8));
    return mill.send(
        mill.request(path).header("Authorization", "Bearer " + key).header("HX-Request", "true").header("Content-Type", TYPE)
            .POST(HttpRequest.BodyPublishers.ofByteArray(parts())).build());
  }
}
