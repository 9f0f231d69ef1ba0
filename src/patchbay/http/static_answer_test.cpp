// Conditions and ranges, over a connection.
#include "patchbay/http/static_answer.hpp"

#include <fmt/format.h>

#include "patchbay/http/static_site_fixture.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_large = 100'000;  // is sent from the file, not from memory

struct Files : StaticSite {
  Files() {
    write("small.bin", "0123456789");
    write("large.bin", sim::pattern(k_large));
  }
  int status_if(std::string_view name, std::string_view value) const {
    return status("/small.bin", fmt::format("{}: {}\r\n", name, value));
  }
  HttpHeardAnswer part(std::string_view range, std::string_view lines = {}) const {
    return get("/small.bin", fmt::format("Range: {}\r\n{}", range, lines));
  }
};

// --- conditions (RFC 9110 section 13) ------------------------------------------------------------

TEST(Rfc9110, S13_1_1_IfMatch) {
  const Files files;
  const std::string etag = files.get("/small.bin").field("etag");
  EXPECT_EQ(files.status_if("If-Match", etag), 200);
  EXPECT_EQ(files.status_if("If-Match", "*"), 200);
  EXPECT_EQ(files.status_if("If-Match", "\"x\", " + etag), 200);
  EXPECT_EQ(files.status_if("If-Match", "\"x\""), 412);
  EXPECT_EQ(files.status_if("If-Match", "W/" + etag), 412);
}

TEST(Rfc9110, S13_1_2_IfNoneMatch) {
  const Files files;
  const std::string etag = files.get("/small.bin").field("etag");
  EXPECT_EQ(files.status_if("If-None-Match", etag), 304);
  EXPECT_EQ(files.status_if("If-None-Match", "W/" + etag), 304);
  EXPECT_EQ(files.status_if("If-None-Match", "*"), 304);
  EXPECT_EQ(files.status_if("If-None-Match", "\"x\"\r\nIf-None-Match: " + etag), 304);
  EXPECT_EQ(files.status_if("If-None-Match", "\"x\""), 200);
}

TEST(Rfc9110, S13_1_3_IfModifiedSince) {
  const Files files;
  EXPECT_EQ(files.status_if("If-Modified-Since", k_file_date), 304);
  EXPECT_EQ(files.status_if("If-Modified-Since", "Wed, 15 Nov 2023 00:00:00 GMT"), 304);
  EXPECT_EQ(files.status_if("If-Modified-Since", "Tue, 14 Nov 2023 22:13:19 GMT"), 200);
  EXPECT_EQ(files.status_if("If-Modified-Since", "yesterday"), 200);
}

TEST(Rfc9110, S13_1_4_IfUnmodifiedSince) {
  const Files files;
  EXPECT_EQ(files.status_if("If-Unmodified-Since", k_file_date), 200);
  EXPECT_EQ(files.status_if("If-Unmodified-Since", "Tue, 14 Nov 2023 22:13:19 GMT"), 412);
  EXPECT_EQ(files.status_if("If-Unmodified-Since", "yesterday"), 200);
}

TEST(Rfc9110, S13_2_2_JudgesConditionsInTheirOrder) {
  const Files files;
  const std::string etag = files.get("/small.bin").field("etag");
  EXPECT_EQ(files.status("/small.bin", "If-Match: \"x\"\r\nIf-None-Match: " + etag + "\r\n"), 412);
  EXPECT_EQ(files.status("/small.bin", "If-None-Match: \"x\"\r\nIf-Modified-Since: " +
                                           std::string(k_file_date) + "\r\n"),
            200);
  EXPECT_EQ(files.status("/nothing", "If-Match: *\r\n"), 404);
}

TEST(Rfc9110, S15_4_5_Sends304WithWhatACacheNeeds) {
  const Files files;
  const HttpHeardAnswer fresh = files.get("/small.bin");
  const HttpHeardAnswer answer =
      files.get("/small.bin", "If-None-Match: " + fresh.field("etag") + "\r\n");
  EXPECT_EQ(answer.field("etag"), fresh.field("etag"));
  EXPECT_EQ(answer.field("vary"), fresh.field("vary"));
  EXPECT_EQ(answer.field("last-modified"), k_file_date);
  EXPECT_EQ(answer.field("content-type"), "");
  EXPECT_EQ(answer.field("content-length"), "");
  EXPECT_EQ(files.head("/small.bin", "If-None-Match: *\r\n").status, 304);
}

TEST(Rfc9110, S8_8_2_1_TellsOfNoTimeThatIsYetToCome) {
  StaticSite site;
  site.write("a", "a", 2'000'000'000);
  EXPECT_EQ(site.get("/a").field("last-modified"), "Thu, 01 Jan 2026 00:00:00 GMT");
  site.write("b", "b", -86'400);
  EXPECT_EQ(site.get("/b").field("last-modified"), "Wed, 31 Dec 1969 00:00:00 GMT");
}

// --- ranges (RFC 9110 section 14) ----------------------------------------------------------------

TEST(Rfc9110, S14_2_SendsOnePart) {
  const Files files;
  const struct {
    const char *range, *body, *told;
  } cases[] = {
      {"bytes=0-0", "0", "bytes 0-0/10"},       {"bytes=2-4", "234", "bytes 2-4/10"},
      {"bytes=7-", "789", "bytes 7-9/10"},      {"bytes=-2", "89", "bytes 8-9/10"},
      {"bytes=5-99", "56789", "bytes 5-9/10"},  {"bytes=-99", "0123456789", "bytes 0-9/10"},
      {"bytes=0-1,2-3", "0123", "bytes 0-3/10"}};
  for (const auto& [range, body, told] : cases) {
    const HttpHeardAnswer answer = files.part(range);
    EXPECT_EQ(answer.status, 206) << range;
    EXPECT_EQ(answer.body, body) << range;
    EXPECT_EQ(answer.field("content-range"), told);
    EXPECT_EQ(answer.field("content-type"), "application/octet-stream");
    EXPECT_EQ(answer.field("content-length"), std::to_string(answer.body.size()));
  }
}

TEST(Rfc9110, S14_2_SendsPartsOfLargeFiles) {
  const Files files;
  const std::string all = sim::pattern(k_large);
  EXPECT_EQ(files.get("/large.bin", "Range: bytes=99990-\r\n").body, all.substr(99'990));
  EXPECT_EQ(files.get("/large.bin", "Range: bytes=1-70000\r\n").body, all.substr(1, 70'000));
}

TEST(Rfc9110, S14_6_SendsManyParts) {
  const Files files;
  for (const auto& [path, content] :
       {std::pair<const char*, std::string>("/small.bin", "0123456789"),
        std::pair<const char*, std::string>("/large.bin", sim::pattern(k_large))}) {
    const HttpHeardAnswer answer = files.get(path, "Range: bytes=0-1,4-5,8-9\r\n");
    EXPECT_EQ(answer.status, 206);
    EXPECT_EQ(answer.field("content-range"), "");
    const std::string type = answer.field("content-type");
    const std::string begin = "multipart/byteranges; boundary=";
    ASSERT_TRUE(type.starts_with(begin)) << type;
    const std::string boundary = type.substr(begin.size());
    std::string wanted;
    for (const std::size_t first : {0U, 4U, 8U}) {
      wanted += fmt::format(
          "\r\n--{}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes "
          "{}-{}/{}\r\n\r\n{}",
          boundary, first, first + 1, content.size(), content.substr(first, 2));
    }
    EXPECT_EQ(answer.body, wanted + "\r\n--" + boundary + "--\r\n");
  }
}

TEST(Rfc9110, S14_1_2_AnswersWhatCannotBeSatisfiedWith416) {
  const Files files;
  for (const char* range : {"bytes=10-", "bytes=10-12", "bytes=100-200,300-", "bytes=-0"}) {
    const HttpHeardAnswer answer = files.part(range);
    EXPECT_EQ(answer.status, 416) << range;
    EXPECT_EQ(answer.field("content-range"), "bytes */10");
  }
}

TEST(Rfc9110, S14_2_IgnoresWhatIsNoRange) {
  const Files files;
  std::string many = "bytes=0-0";
  for (int i = 1; i < 10'000; ++i) many += fmt::format(",{}-{}", i * 2, i * 2);
  many.resize(8000);  // the rest of a head is limited
  for (const std::string& range :
       {std::string("bytes=4-2"), std::string("bytes=a-b"), std::string("lines=0-1"),
        std::string("bytes"), many, std::string("bytes=0-1\r\nRange: bytes=2-3")}) {
    const HttpHeardAnswer answer = files.part(range);
    EXPECT_EQ(answer.status, 200) << range.substr(0, 50);
    EXPECT_EQ(answer.body, "0123456789");
  }
}

// Ten thousand ranges in a head that may be as long: whole, and at once.
TEST(StaticAnswer, SendsAllWhereTenThousandPartsAreAskedFor) {
  const Files files;
  std::string many = "Range: bytes=0-0";
  for (int i = 1; i < 10'000; ++i) many += ",0-0";
  const auto folder = files.open();
  HttpWorld it(*folder, {.limits = {.head = {.head_bytes = 100'000}}});
  const HttpHeardAnswer answer =
      it.hear({{.bytes = get_of("/large.bin", many + "\r\n"), .ends = true}}).only();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.size(), k_large);
}

TEST(Rfc9110, S14_2_TakesARangeOfGetOnly) {
  const Files files;
  const HttpHeardAnswer answer = files.head("/small.bin", "Range: bytes=0-1\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("content-length"), "10");
}

TEST(Rfc9110, S13_1_5_SendsAllWhereIfRangeDoesNotHold) {
  const Files files;
  const std::string etag = files.get("/small.bin").field("etag");
  const auto part_if = [&](std::string_view value) {
    return files.part("bytes=2-4", fmt::format("If-Range: {}\r\n", value)).status;
  };
  EXPECT_EQ(part_if(etag), 206);
  EXPECT_EQ(part_if(k_file_date), 206);
  EXPECT_EQ(part_if("\"x\""), 200);
  EXPECT_EQ(part_if("W/" + etag), 200);
  EXPECT_EQ(part_if("Wed, 15 Nov 2023 00:00:00 GMT"), 200);
  EXPECT_EQ(files.part("bytes=20-", "If-Range: \"x\"\r\n").status, 200);
}

TEST(Rfc9110, S13_2_2_JudgesConditionsBeforeRanges) {
  const Files files;
  EXPECT_EQ(files.part("bytes=2-4", "If-None-Match: *\r\n").status, 304);
  EXPECT_EQ(files.part("bytes=20-", "If-Match: \"x\"\r\n").status, 412);
}

TEST(StaticAnswer, SendsPartsOfAnEmptyFileAsTheWhole) {
  StaticSite site;
  site.write("empty", "");
  EXPECT_EQ(site.status("/empty", "Range: bytes=-1\r\n"), 200);
  EXPECT_EQ(site.status("/empty", "Range: bytes=0-\r\n"), 416);
}

}  // namespace
}  // namespace patchbay
