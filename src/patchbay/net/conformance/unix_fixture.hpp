// For tests of Unix sockets: a path in a folder that goes away again.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "patchbay/net/conformance/engine_test.hpp"
#include "patchbay/net/unix.hpp"

namespace patchbay {

inline UnixAddress address_of(std::string_view text) { return *UnixAddress::parse(text); }

class UnixFolder {
 public:
  UnixFolder() {
    std::string name = testing::TempDir() + "patchbay-unix-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~UnixFolder() { std::filesystem::remove_all(folder_); }
  UnixFolder(const UnixFolder&) = delete;
  UnixFolder& operator=(const UnixFolder&) = delete;

  std::string path() const { return folder_ + "/socket"; }
  UnixAddress address() const { return address_of(path()); }

 private:
  std::string folder_;
};

class UnixTest : public EngineTest {
 protected:
  std::string path() const { return folder_.path(); }

 private:
  UnixFolder folder_;
};

// A few words each way, and the end of one.
inline Task<> talk(UnixListener& listener) {
  auto client = co_await UnixStream::connect(listener.local(), guard());
  EXPECT_TRUE(client) << client.error().describe();
  auto server = co_await listener.accept(guard());
  EXPECT_TRUE(server) << server.error().describe();
  if (!client || !server) co_return;
  EXPECT_TRUE(co_await client->write_all("ping", guard()));
  const auto got = co_await server->receive(guard());
  EXPECT_TRUE(got && got->text() == "ping");
  EXPECT_TRUE(co_await server->shutdown_write(guard()));
  const auto end = co_await client->receive(guard());
  EXPECT_TRUE(end && end->empty());
}

}  // namespace patchbay
