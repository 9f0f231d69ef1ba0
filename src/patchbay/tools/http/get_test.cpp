// What `http get` makes of its command line and of answers. What it does with them is in
// tests/lab/test_http_get.py.
#include <gtest/gtest.h>

#include "patchbay/tools/http/get_plan.hpp"
#include "patchbay/tools/http/get_range.hpp"
#include "patchbay/tools/http/get_report.hpp"
#include "patchbay/tools/http/get_run.hpp"

namespace patchbay {
namespace {

std::string name_of_url(std::string_view url) {
  return file_name_of(*HttpUrl::parse(url)).value_or("(none)");
}

TEST(GetPlan, NamesAFileAsTheUrlEnds) {
  EXPECT_EQ(name_of_url("http://a/b/file.iso?x=y"), "file.iso");
  EXPECT_EQ(name_of_url("http://a/b%20c"), "b c");
  for (const char* url : {"http://a/", "http://a/b/", "http://a/..", "http://a/.bashrc",
                          "http://a/b%2Fc", "http://a/%00", "http://a/x%0ay", "http://a/%2e%2e"}) {
    EXPECT_EQ(name_of_url(url), "(none)") << url;
  }
}

TEST(GetPlan, ChoosesTheMethod) {
  GetFlags flags{.url = "http://a/"};
  EXPECT_EQ(plan_get(flags)->request.method, "GET");
  flags.data = "x";
  EXPECT_EQ(plan_get(flags)->request.method, "POST");
  flags.method = "PUT";
  EXPECT_EQ(plan_get(flags)->request.method, "PUT");
  flags.method = "CONNECT";
  EXPECT_FALSE(plan_get(flags));
}

TEST(GetPlan, TakesNoSecretFromTheCommandLine) {
  for (const char* field :
       {"Authorization: Basic c2VjcmV0", "cookie: id=secret", "Proxy-Authorization: secret"}) {
    const auto plan = plan_get({.url = "http://a/", .fields = {field}});
    ASSERT_FALSE(plan) << field;
    EXPECT_EQ(plan.error().code, exit_usage);
    EXPECT_EQ(plan.error().failure.what.find("secret:"), std::string::npos);
    EXPECT_NE(plan.error().failure.remedy.find("--auth-file"), std::string::npos);
  }
  EXPECT_TRUE(plan_get({.url = "http://a/", .fields = {"X-Mine: yes"}}));
  EXPECT_FALSE(plan_get({.url = "http://a/", .fields = {"no colon"}}));
  EXPECT_FALSE(plan_get({.url = "http://a/", .fields = {"Content-Length: 5"}}));
  EXPECT_FALSE(plan_get({.url = "http://a/", .fields = {"X: a\r\nY: b"}}));
}

TEST(GetPlan, WhomToTrustWantsHttps) {
  const std::string pin(64, '0');
  for (const char* url : {"a/", "http://a/"}) {
    GetFlags flags{.url = url};
    flags.pins = {pin};
    const auto plan = plan_get(flags);
    ASSERT_FALSE(plan) << url;
    EXPECT_EQ(plan.error().code, exit_usage);
    EXPECT_NE(plan.error().failure.remedy.find("https://a"), std::string::npos);
  }
  GetFlags secure{.url = "https://a/"};
  secure.pins = {pin};
  EXPECT_TRUE(plan_get(secure));
  GetFlags authority{.url = "a/"};
  authority.ca_file = "ca.pem";
  EXPECT_FALSE(plan_get(authority));
  authority.url = "http://a/";  // it may be a lasting setting: only a warning
  EXPECT_TRUE(plan_get(authority));
}

TEST(GetPlan, GoesOnOnlyWithAFile) {
  GetFlags flags{.url = "http://a/b", .go_on = true};
  EXPECT_FALSE(plan_get(flags));
  flags.output = "-";
  EXPECT_FALSE(plan_get(flags));
  flags.output = "file";
  EXPECT_EQ(plan_get(flags)->file, "file");
  EXPECT_FALSE(plan_get({.url = "http://a/b", .output = "-"})->file);
}

TEST(GetReport, HasACodeForEachKindOfStatus) {
  EXPECT_EQ(exit_code_of_status(200), exit_ok);
  EXPECT_EQ(exit_code_of_status(304), exit_ok);
  EXPECT_EQ(exit_code_of_status(401), exit_permission);
  EXPECT_EQ(exit_code_of_status(403), exit_permission);
  EXPECT_EQ(exit_code_of_status(404), exit_not_found);
  EXPECT_EQ(exit_code_of_status(418), exit_client_error);
  EXPECT_EQ(exit_code_of_status(503), exit_server_error);
}

TEST(GetReport, ARecordHasTheFieldsInTheirOrder) {
  HttpHop hop{.method = "GET", .url = *HttpUrl::parse("http://a/"), .status = 200};
  hop.fields = {{"A", "1"}, {"B", "\x1b[31m\""}, {"A", "2"}};
  const std::string json = hop_record("answer", hop, nullptr).json();
  EXPECT_NE(json.find(R"("fields":[["A","1"],["B","\u001b[31m\""],["A","2"]])"), std::string::npos)
      << json;
}

TEST(GetReport, AHeadForATerminalIsEscaped) {
  Output out({.out_is_terminal = true});
  HttpHop hop{.status = 200, .reason = "\x1b[31mOK"};
  hop.fields = {{"Server", "\x1b]0;x\x07"}};
  const std::string text = styled_head(hop, out);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("Server: \\x1b]0;x\\x07\n"), std::string::npos) << text;
}

TEST(ContentRange, IsReadStrictly) {
  const auto part = parse_content_range("bytes 5-9/10");
  ASSERT_TRUE(part);
  EXPECT_EQ(part->first, 5U);
  EXPECT_EQ(part->last, 9U);
  EXPECT_EQ(part->total, 10U);
  EXPECT_EQ(parse_content_range("Bytes 0-0/*")->first, 0U);
  EXPECT_FALSE(parse_content_range("bytes 0-0/*")->total);
  EXPECT_EQ(parse_content_range("bytes */10")->total, 10U);
  EXPECT_FALSE(parse_content_range("bytes */10")->first);
  for (const char* text :
       {"", "bytes", "bytes 5-9", "bytes 9-5/10", "bytes -9/10", "bytes 5-9/x", "bytes 5-9/10 ",
        "pages 5-9/10", "bytes */*", "bytes=5-9/10", "bytes 99999999999999999999-5/10"}) {
    EXPECT_FALSE(parse_content_range(text)) << text;
  }
}

HttpHop part_answer(int status, std::string range, HttpFieldList more = {}) {
  HttpHop hop{.status = status, .fields = std::move(more)};
  hop.fields.emplace_back("Content-Range", std::move(range));
  return hop;
}

TEST(RestOfPart, IsOfTheSameVersion) {
  const PartNote tagged = {"http://a/", "\"one\"", 10};
  EXPECT_TRUE(is_rest_of_part(part_answer(206, "bytes 5-9/10", {{"ETag", "\"one\""}}), tagged, 5));
  EXPECT_TRUE(is_rest_of_part(part_answer(206, "bytes 5-7/*", {{"ETag", "\"one\""}}), tagged, 5));
  const HttpHop others[] = {
      part_answer(206, "bytes 5-9/10", {{"ETag", "\"two\""}}),
      part_answer(206, "bytes 5-9/10", {{"ETag", "W/\"one\""}}),
      part_answer(206, "bytes 5-9/10", {{"Last-Modified", "\"one\""}}),
      part_answer(206, "bytes 4-9/10", {{"ETag", "\"one\""}}),
      part_answer(206, "bytes 5-9/11", {{"ETag", "\"one\""}}),
      part_answer(206, "bytes", {{"ETag", "\"one\""}}),
  };
  for (const HttpHop& other : others) {
    EXPECT_FALSE(is_rest_of_part(other, tagged, 5)) << other.field("content-range");
  }
}

TEST(RestOfPart, GoesByTheDateWhereTheNoteHasOne) {
  const std::string date = "Sun, 06 Nov 1994 08:49:37 GMT";
  const PartNote dated = {"http://a/", date};
  const auto with = [](std::string changed) {
    return part_answer(206, "bytes 5-9/10", {{"Last-Modified", std::move(changed)}});
  };
  EXPECT_TRUE(is_rest_of_part(with(date), dated, 5));
  EXPECT_FALSE(is_rest_of_part(with("Sun, 06 Nov 1994 08:49:38 GMT"), dated, 5));
  EXPECT_FALSE(is_rest_of_part(part_answer(206, "bytes 5-9/10"), dated, 5));
}

TEST(WholePart, IsAllThereIs) {
  const PartNote note = {"http://a/", "\"one\""};
  EXPECT_TRUE(is_whole_part(part_answer(416, "bytes */10"), note, 10));
  EXPECT_FALSE(is_whole_part(part_answer(416, "bytes */11"), note, 10));
  EXPECT_FALSE(is_whole_part(part_answer(416, ""), note, 10));
  EXPECT_FALSE(is_whole_part(part_answer(416, "bytes */10", {{"ETag", "\"two\""}}), note, 10));
  EXPECT_FALSE(is_whole_part(part_answer(416, "bytes */10"), {"http://a/", "\"one\"", 12}, 10));
}

// RFC 9110 section 13.1.5.
TEST(RangeValidator, IsAStrongOne) {
  HttpHop hop;
  EXPECT_EQ(range_validator(hop), "");
  hop.fields = {{"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}};
  EXPECT_EQ(range_validator(hop), "");
  hop.fields.emplace_back("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(range_validator(hop), "");
  hop.fields.back().second = "Sun, 06 Nov 1994 08:49:38 GMT";
  EXPECT_EQ(range_validator(hop), "Sun, 06 Nov 1994 08:49:37 GMT");
  hop.fields.emplace_back("ETag", "W/\"weak\"");
  EXPECT_EQ(range_validator(hop), "");
  hop.fields.back().second = "\"strong\"";
  EXPECT_EQ(range_validator(hop), "\"strong\"");
}

}  // namespace
}  // namespace patchbay
