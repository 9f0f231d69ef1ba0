#include "patchbay/tools/http/access_log.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

namespace patchbay {
namespace {

using namespace std::string_literals;
using Json = nlohmann::json;

constexpr WallTime k_at{std::chrono::seconds(1'772'366'400)};
const Endpoint k_peer(*IpAddress::parse("192.0.2.7"), 50'000);

HttpRequest request_for(std::string_view target, int version = 11) {
  HttpRequest request{.method = "GET", .target = target, .path = target, .host = "site.test"};
  request.version = version;
  return request;
}

std::string common(const HttpRequest* request, HttpAnswered answer) {
  return common_log_line(request, k_peer, answer, k_at);
}

TEST(CommonLog, IsAsTheFormatHasIt) {
  const HttpRequest request = request_for("/a%20b?c");
  EXPECT_EQ(common(&request, {.status = 200, .body_bytes = 512}),
            "192.0.2.7 - - [01/Mar/2026:12:00:00 +0000] \"GET /a%20b?c HTTP/1.1\" 200 512");
  const HttpRequest second = request_for("/", 20), old = request_for("/", 10);
  EXPECT_EQ(common(&second, {.status = 304}),
            "192.0.2.7 - - [01/Mar/2026:12:00:00 +0000] \"GET / HTTP/2.0\" 304 -");
  EXPECT_NE(common(&old, {.status = 304}).find("HTTP/1.0\" 304 -"), std::string::npos);
  EXPECT_EQ(common(nullptr, {.status = 400, .body_bytes = 9}),
            "192.0.2.7 - - [01/Mar/2026:12:00:00 +0000] \"-\" 400 9");
}

// Over HTTP/2 and behind other handlers anything may be in a target.
TEST(CommonLog, LetsNothingEndItsLineOrItsField) {
  const HttpRequest request = request_for("/\" 200 1\n127.0.0.1 - - \x1b[2J\\\xff");
  const std::string line = common(&request, {.status = 404});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_NE(line.find("\"GET /\\\" 200 1"), std::string::npos) << line;
  EXPECT_TRUE(line.ends_with(" HTTP/1.1\" 404 -")) << line;
  std::size_t quotes = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      ++quotes;
    }
  }
  EXPECT_EQ(quotes, 2U) << line;
}

// What a log writes of these, one after the other.
std::string written(LogFormat format, const HttpRequest* request, HttpAnswered answer) {
  const int file = ::memfd_create("out", MFD_CLOEXEC);
  {
    Output out({.out_fd = file, .err_fd = file});
    AccessLog log(out, format);
    log.answered(request, k_peer, answer);
  }
  std::string text(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)), '\0');
  EXPECT_EQ(::pread(file, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  ::close(file);
  return text;
}

TEST(JsonLog, HasALineForEachAnswer) {
  HttpRequest request = request_for("/a?b");
  request.fields.add("Referer", "http://a/");
  request.fields.add("User-Agent", "curl/8 \"x\"\xff\x1b");
  const std::string line =
      written(LogFormat::json, &request,
              {.status = 206, .body_bytes = 7, .took = 1500us, .complete = false});
  ASSERT_EQ(line.find('\n'), line.size() - 1);
  const Json record = Json::parse(line);
  EXPECT_EQ(record["type"], "request");
  EXPECT_EQ(record["peer"], "192.0.2.7:50000");
  EXPECT_EQ(record["method"], "GET");
  EXPECT_EQ(record["target"], "/a?b");
  EXPECT_EQ(record["host"], "site.test");
  EXPECT_EQ(record["version"], "HTTP/1.1");
  EXPECT_EQ(record["referer"], "http://a/");
  EXPECT_EQ(record["user_agent"].get<std::string>().substr(0, 10), "curl/8 \"x\"");
  EXPECT_EQ(record["status"], 206);
  EXPECT_EQ(record["body_bytes"], 7);
  EXPECT_EQ(record["took_us"], 1500);
  EXPECT_EQ(record["complete"], false);
}

TEST(JsonLog, KnowsWhatWasNoRequest) {
  const Json record = Json::parse(written(LogFormat::json, nullptr, {.status = 400}));
  EXPECT_EQ(record["status"], 400);
  EXPECT_FALSE(record.contains("target"));
}

// Who asks with a password has it neither in the one nor in the other.
TEST(AccessLog, KeepsSecretsToItself) {
  HttpRequest request = request_for("/");
  request.fields.add("Authorization", "Basic YW5uYTpzZWNyZXQ=");
  request.fields.add("Cookie", "session=YW5uYTpzZWNyZXQ=");
  for (const LogFormat format : {LogFormat::common, LogFormat::json}) {
    EXPECT_EQ(written(format, &request, {.status = 200}).find("YW5u"), std::string::npos);
  }
  EXPECT_EQ(written(LogFormat::off, &request, {.status = 200}), "");
}

}  // namespace
}  // namespace patchbay
