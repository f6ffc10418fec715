// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

class SingleProcessTest extends CollectiveContract {
  @Override
  int size() {
    return 1;
  }

  @Override
  void everywhere(ThreadRanks.Body<Void> body) {
    try (Collective alone = new SingleProcess()) {
      body.run(alone);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
