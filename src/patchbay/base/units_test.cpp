#include "patchbay/base/units.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace patchbay {
namespace {

constexpr std::uint64_t max_u64 = std::numeric_limits<std::uint64_t>::max();

template <class T>
struct Good {
  std::string text;
  T value;
};

struct Bad {
  std::string text;
  Fault fault;
  std::string why;
};

template <class Parse, class T>
void expect_good(Parse parse, const std::vector<Good<T>>& cases) {
  for (const Good<T>& good : cases) {
    const auto value = parse(good.text);
    ASSERT_TRUE(value) << good.text << ": " << value.error().describe();
    EXPECT_EQ(*value, good.value) << good.text;
  }
}

template <class Parse>
void expect_bad(Parse parse, const std::vector<Bad>& cases) {
  for (const Bad& bad : cases) {
    const auto value = parse(bad.text);
    ASSERT_FALSE(value) << bad.text;
    EXPECT_EQ(name_of(value.error().fault()), name_of(bad.fault)) << bad.text;
    EXPECT_EQ(value.error().why(), bad.why) << bad.text;
    EXPECT_FALSE(value.error().remedy().empty());
  }
}

// As many small values as large ones: a random number of bits, then random bits.
std::uint64_t any_magnitude(std::mt19937_64& generator, unsigned max_bits) {
  const auto bits = generator() % (max_bits + 1);
  return bits == 0 ? 0 : generator() >> (64 - bits);
}

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

double half_of_third_digit(double value) { return value * 0.005 * (1 + 1e-9); }

TEST(Duration, IsRead) {
  expect_good<>(parse_duration, std::vector<Good<Duration>>{
                                    {"10s", 10s},
                                    {"250ms", 250ms},
                                    {"1.5h", 90min},
                                    {"5m", 5min},
                                    {"5min", 5min},
                                    {"1m30s", 90s},
                                    {"1 min 30 s", 90s},
                                    {"2d 3h4m", 48h + 3h + 4min},
                                    {"100us", 100us},
                                    {"100µs", 100us},
                                    {"100\u03bcs", 100us},
                                    {"340 ns", 340ns},
                                    {"0", 0s},
                                    {"0s", 0s},
                                    {"0.000", 0s},
                                    {"1m0.5s", 60500ms},
                                    {"0.1s", 100ms},
                                    {"1.0000000004s", 1s},
                                    {"1.0000000006s", 1s + 1ns},
                                    {"9223372036854775807ns", Duration::max()},
                                });
}

TEST(Duration, IsRefusedWithAReason) {
  expect_bad(parse_duration,
             {
                 {"", Fault::protocol, "it is empty"},
                 {"-1s", Fault::protocol, "it is negative"},
                 {"10", Fault::protocol, "the unit is missing"},
                 {"10 ", Fault::protocol, "the unit is missing"},
                 {"10x", Fault::protocol, "the unit is not known"},
                 {"10S", Fault::protocol, "the unit is not known"},
                 {"10s!", Fault::protocol, "the unit is not known"},
                 {"1e3s", Fault::protocol, "the unit is not known"},
                 {"s", Fault::protocol, "a number is missing"},
                 {" 1s", Fault::protocol, "a number is missing"},
                 {"1s ", Fault::protocol, "a number is missing"},
                 {"1m  30s", Fault::protocol, "a number is missing"},
                 {"nan", Fault::protocol, "a number is missing"},
                 {"inf", Fault::protocol, "a number is missing"},
                 {"+1s", Fault::protocol, "a number is missing"},
                 {".5s", Fault::protocol, "a number is missing"},
                 {"1.s", Fault::protocol, "no digit follows the decimal point"},
                 {"1m-30s", Fault::protocol, "the unit is not known"},
                 {"30s1m", Fault::protocol, "its units do not go from large to small"},
                 {"1s1s", Fault::protocol, "its units do not go from large to small"},
                 {"1.5m30s", Fault::protocol, "only its last part may have a fraction"},
                 {"0.1ns", Fault::limit, "it is too small to be told from zero"},
                 {"9223372036854775808ns", Fault::limit, "it is too large"},
                 {"106751d23h47m17s", Fault::limit, "it is too large"},
                 {"99999999999999999999999999s", Fault::limit, "it is too large"},
                 {"1.0000000000000000000s", Fault::limit, "its fraction has more than 18 digits"},
             });
}

TEST(Duration, IsRefusedInThreeParts) {
  EXPECT_EQ(parse_duration("10 parsecs\x1b").error().describe(),
            "error: cannot read the duration 10 parsecs\\x1b\n"
            "  because: the unit is not known\n"
            "  try: write it like 10s, 250ms, 1m30s or 1.5h");
}

TEST(Duration, IsWrittenForPeople) {
  const std::vector<Good<Duration>> cases = {
      {"0 s", 0s},
      {"1 ns", 1ns},
      {"999 ns", 999ns},
      {"1 µs", 1us},
      {"12.5 µs", 12500ns},
      {"340 µs", 340us},
      {"1 ms", 999'600ns},
      {"1.23 ms", 1234us},
      {"1.5 s", 1500ms},
      {"5 s", 5s},
      {"59.9 s", 59'940ms},
      {"1 min", 59'960ms},
      {"1 min 30 s", 90s},
      {"1 h", 59min + 59'600ms},
      {"2 h 5 min", 2h + 5min},
      {"1 d", 23h + 59min + 40s},
      {"3 d 4 h", 76h},
      {"106751 d", 106751 * 24h},
      {"-1.5 s", -1500ms},
      {"-106752 d", Duration::min()},
  };
  for (const auto& [text, value] : cases) EXPECT_EQ(format_duration(value), text);
}

std::int64_t half_of_last_unit(std::int64_t ns) {
  const Duration value(ns);
  if (value >= 24h) return Duration(30min).count();
  if (value >= 1h) return Duration(30s).count();
  if (value >= 59900ms) return Duration(500ms).count();
  return static_cast<std::int64_t>(half_of_third_digit(static_cast<double>(ns)));
}

TEST(Duration, SurvivesWritingAndReading) {
  std::mt19937_64 generator(3);
  for (int i = 0; i < 100'000; ++i) {
    const auto ns = static_cast<std::int64_t>(any_magnitude(generator, 62));
    const std::string text = format_duration(Duration(ns));
    const auto back = parse_duration(text);
    ASSERT_TRUE(back) << text;
    ASSERT_LE(std::abs(back->count() - ns), half_of_last_unit(ns)) << text << " for " << ns;
    ASSERT_EQ(parse_duration(without_spaces(text)).value(), *back) << text;
    ASSERT_EQ(format_duration(*back), text) << ns;
  }
}

TEST(Size, IsRead) {
  expect_good<>(parse_size, std::vector<Good<std::uint64_t>>{
                                {"0", 0},
                                {"4096", 4096},
                                {"4096B", 4096},
                                {"64KiB", 65536},
                                {"64kib", 65536},
                                {"64Ki", 65536},
                                {"64 KiB", 65536},
                                {"1.5MiB", 1'572'864},
                                {"10k", 10'000},
                                {"10K", 10'000},
                                {"10KB", 10'000},
                                {"10kB", 10'000},
                                {"2.5G", 2'500'000'000},
                                {"1.3KiB", 1331},
                                {"15EiB", 15ull << 60},
                                {"18446744073709551615", max_u64},
                            });
}

TEST(Size, IsRefusedWithAReason) {
  expect_bad(parse_size, {
                             {"", Fault::protocol, "it is empty"},
                             {"-1", Fault::protocol, "it is negative"},
                             {"KiB", Fault::protocol, "a number is missing"},
                             {"nan", Fault::protocol, "a number is missing"},
                             {"0x10", Fault::protocol, "the unit is not known"},
                             {"10KiBs", Fault::protocol, "the unit is not known"},
                             {"10 KiB ", Fault::protocol, "the unit is not known"},
                             {"10  KiB", Fault::protocol, "the unit is not known"},
                             {"10BB", Fault::protocol, "the unit is not known"},
                             {"10iB", Fault::protocol, "the unit is not known"},
                             {"10 ", Fault::protocol, "the unit is missing"},
                             {"1.", Fault::protocol, "no digit follows the decimal point"},
                             {"1.2.3k", Fault::protocol, "the unit is not known"},
                             {"0.2", Fault::limit, "it is too small to be told from zero"},
                             {"16EiB", Fault::limit, "it is too large"},
                             {"18446744073709551616", Fault::limit, "it is too large"},
                         });
}

TEST(Size, IsWrittenInBinaryUnits) {
  const std::vector<Good<std::uint64_t>> cases = {
      {"0 B", 0},
      {"512 B", 512},
      {"1023 B", 1023},
      {"1 KiB", 1024},
      {"1.5 KiB", 1536},
      {"64 KiB", 65536},
      {"1023 KiB", 1023 * 1024},
      {"1 MiB", 1024 * 1024 - 1},
      {"1.5 MiB", 1'572'864},
      {"9.54 MiB", 10'000'000},
      {"16 EiB", max_u64},
  };
  for (const auto& [text, value] : cases) EXPECT_EQ(format_size(value), text);
}

TEST(Size, SurvivesWritingAndReading) {
  std::mt19937_64 generator(4);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t bytes = any_magnitude(generator, 63);
    const std::string text = format_size(bytes);
    const auto back = parse_size(text);
    ASSERT_TRUE(back) << text;
    const double exact = static_cast<double>(bytes);
    ASSERT_LE(std::abs(static_cast<double>(*back) - exact), half_of_third_digit(exact)) << text;
    ASSERT_EQ(parse_size(without_spaces(text)).value(), *back) << text;
    ASSERT_EQ(format_size(*back), text) << bytes;
    if (bytes < 1024) ASSERT_EQ(*back, bytes);
  }
}

TEST(Rate, IsRead) {
  expect_good<>(parse_rate, std::vector<Good<std::uint64_t>>{
                                {"0", 0},
                                {"9600bit/s", 9600},
                                {"100Mbit/s", 100'000'000},
                                {"100 MBit/s", 100'000'000},
                                {"100mbit", 100'000'000},
                                {"1.5Gbit/s", 1'500'000'000},
                                {"56kbps", 56'000},
                                {"10Mb/s", 10'000'000},
                                {"10MB/s", 80'000'000},
                                {"10MiB/s", 83'886'080},
                                {"1B/s", 8},
                                {"1Kibit/s", 1024},
                            });
}

TEST(Rate, IsRefusedWithAReason) {
  expect_bad(parse_rate, {
                             {"", Fault::protocol, "it is empty"},
                             {"-1Mbit/s", Fault::protocol, "it is negative"},
                             {"100", Fault::protocol, "the unit is missing"},
                             {"100M", Fault::protocol, "the unit is not known"},
                             {"100Mbit/h", Fault::protocol, "the unit is not known"},
                             {"100Mbit/s!", Fault::protocol, "the unit is not known"},
                             {"100MBps", Fault::protocol, "the unit is not known"},
                             {"Mbit/s", Fault::protocol, "a number is missing"},
                             {"nanbit/s", Fault::protocol, "a number is missing"},
                             {"0.1bit/s", Fault::limit, "it is too small to be told from zero"},
                             {"3EB/s", Fault::limit, "it is too large"},
                             {"15EiB/s", Fault::limit, "it is too large"},
                         });
}

TEST(Rate, IsWrittenInDecimalUnits) {
  const std::vector<Good<std::uint64_t>> cases = {
      {"0 bit/s", 0},
      {"999 bit/s", 999},
      {"56 kbit/s", 56'000},
      {"943 Mbit/s", 943'210'000},
      {"1 Gbit/s", 999'600'000},
      {"1.5 Gbit/s", 1'500'000'000},
      {"18.4 Ebit/s", max_u64},
  };
  for (const auto& [text, value] : cases) EXPECT_EQ(format_rate(value), text);
}

TEST(Rate, SurvivesWritingAndReading) {
  std::mt19937_64 generator(5);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t bits = any_magnitude(generator, 64);
    const std::string text = format_rate(bits);
    const auto back = parse_rate(text);
    ASSERT_TRUE(back) << text;
    const double exact = static_cast<double>(bits);
    ASSERT_LE(std::abs(static_cast<double>(*back) - exact), half_of_third_digit(exact)) << text;
    ASSERT_EQ(parse_rate(without_spaces(text)).value(), *back) << text;
    ASSERT_EQ(format_rate(*back), text) << bits;
  }
}

TEST(CountRate, KeepsThreeDigitsInEveryUnit) {
  EXPECT_EQ(format_count_rate(1.1e15), "1.1 P/s");
  EXPECT_EQ(format_count_rate(1.23e12), "1.23 T/s");
  EXPECT_EQ(format_count_rate(5e18), "5000 P/s");
}

TEST(CountRate, IsRead) {
  expect_good<>(parse_count_rate, std::vector<Good<double>>{
                                      {"0", 0},
                                      {"500", 500},
                                      {"500/s", 500},
                                      {"0.5/s", 0.5},
                                      {"10k/s", 10'000},
                                      {"10 k/s", 10'000},
                                      {"10k", 10'000},
                                      {"0.3M/s", 300'000},
                                      {"20kpps", 20'000},
                                      {"30/min", 0.5},
                                      {"30/m", 0.5},
                                      {"1800/h", 0.5},
                                      {"1000000000000000/s", 1e15},
                                  });
}

TEST(CountRate, IsRefusedWithAReason) {
  expect_bad(parse_count_rate, {
                                   {"", Fault::protocol, "it is empty"},
                                   {"-1", Fault::protocol, "it is negative"},
                                   {"nan", Fault::protocol, "a number is missing"},
                                   {"/s", Fault::protocol, "a number is missing"},
                                   {"10 ", Fault::protocol, "the unit is missing"},
                                   {"10/d", Fault::protocol, "the unit is not known"},
                                   {"10k/s/s", Fault::protocol, "the unit is not known"},
                                   {"1000000000000001/s", Fault::limit, "it is too large"},
                                   {"18446744073709551616/h", Fault::limit, "it is too large"},
                               });
}

TEST(CountRate, IsWrittenForPeople) {
  const std::vector<Good<double>> cases = {
      {"0/s", 0},
      {"750/s", 750},
      {"1 k/s", 999.6},
      {"10 k/s", 10'000},
      {"1.25 M/s", 1.25e6},
      {"0.5/s", 0.5},
      {"1.5/h", 1.5 / 3600},
      {"1 P/s", 1e15},
      {"999 T/s", 999.4e12},
      {"0/s", std::numeric_limits<double>::quiet_NaN()},
  };
  for (const auto& [text, value] : cases) EXPECT_EQ(format_count_rate(value), text);
}

TEST(CountRate, SurvivesWritingAndReading) {
  std::mt19937_64 generator(6);
  std::uniform_real_distribution<double> exponent(-3, 15);
  for (int i = 0; i < 100'000; ++i) {
    const double rate = std::pow(10, exponent(generator));
    const std::string text = format_count_rate(rate);
    const auto back = parse_count_rate(text);
    ASSERT_TRUE(back) << text;
    ASSERT_LE(std::abs(*back - rate), half_of_third_digit(rate)) << text;
    ASSERT_EQ(parse_count_rate(without_spaces(text)).value(), *back) << text;
    ASSERT_EQ(format_count_rate(*back), text) << rate;
  }
}

TEST(FormatCount, KnowsOneFromMany) {
  EXPECT_EQ(format_count(0, "datagram"), "0 datagrams");
  EXPECT_EQ(format_count(1, "datagram"), "1 datagram");
  EXPECT_EQ(format_count(64, "datagram"), "64 datagrams");
}

}  // namespace
}  // namespace patchbay
