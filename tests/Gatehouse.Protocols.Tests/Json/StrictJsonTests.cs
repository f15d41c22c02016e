using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Protocols.Json;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Json;

public sealed class StrictJsonTests
{
    [Theory]
    [InlineData("", JsonError.Empty)]
    [InlineData(" \n", JsonError.Empty)]
    [InlineData("\ufeff{}", JsonError.ByteOrderMark)]
    [InlineData("{\"a\":1,\"a\":2}", JsonError.DuplicateName)]
    [InlineData("{\"a\":1,\"\\u0061\":2}", JsonError.DuplicateName)]
    [InlineData("{\"\\u00e9\":1,\"é\":2}", JsonError.DuplicateName)]
    [InlineData("{\"\\ud83d\\ude00\":1,\"😀\":2}", JsonError.DuplicateName)]
    [InlineData("[{\"x\":{\"a\":1,\"b\":{},\"a\":2}}]", JsonError.DuplicateName)]
    [InlineData("{\"a\":{\"a\":1},\"b\":{\"a\":1}}", JsonError.None)]
    [InlineData("{\"a\":1,\"A\":2}", JsonError.None)]
    [InlineData("{} {}", JsonError.TrailingData)]
    [InlineData("{}x", JsonError.TrailingData)]
    [InlineData("1 2", JsonError.TrailingData)]
    [InlineData("{}//c", JsonError.TrailingData)]
    [InlineData("/*c*/{}", JsonError.Syntax)]
    [InlineData("{\"a\":1,}", JsonError.Syntax)]
    [InlineData("[1,]", JsonError.Syntax)]
    [InlineData("[,1]", JsonError.Syntax)]
    [InlineData("{a:1}", JsonError.Syntax)]
    [InlineData("{'a':1}", JsonError.Syntax)]
    [InlineData("{\"a\" 1}", JsonError.Syntax)]
    [InlineData("{\"a\":}", JsonError.Syntax)]
    [InlineData("[NaN]", JsonError.Syntax)]
    [InlineData("Infinity", JsonError.Syntax)]
    [InlineData("01", JsonError.TrailingData)]
    [InlineData("-", JsonError.Incomplete)]
    [InlineData("+1", JsonError.Syntax)]
    [InlineData(".5", JsonError.Syntax)]
    [InlineData("1.", JsonError.Incomplete)]
    [InlineData("[1.]", JsonError.Syntax)]
    [InlineData("1e", JsonError.Incomplete)]
    [InlineData("-0.5e-10", JsonError.None)]
    [InlineData("tru", JsonError.Incomplete)]
    [InlineData("True", JsonError.Syntax)]
    [InlineData("nul1", JsonError.Syntax)]
    [InlineData("\"a", JsonError.Incomplete)]
    [InlineData("\"\\x\"", JsonError.Syntax)]
    [InlineData("\"\\u12\"", JsonError.Incomplete)]
    [InlineData("\"\\u12g4\"", JsonError.Syntax)]
    [InlineData("\"\\ud800\"", JsonError.LoneSurrogate)]
    [InlineData("\"\\udc00\"", JsonError.LoneSurrogate)]
    [InlineData("\"\\ud800\\u0041\"", JsonError.LoneSurrogate)]
    [InlineData("\"\\ud83d\\ude00\"", JsonError.None)]
    [InlineData("\"\t\"", JsonError.Syntax)]
    [InlineData("\"\u007f\"", JsonError.None)]
    [InlineData("[\u000b1]", JsonError.Syntax)]
    [InlineData("\u00a01", JsonError.Syntax)]
    [InlineData("[1", JsonError.Incomplete)]
    [InlineData("[}", JsonError.Syntax)]
    public void Text_is_read_strictly(string text, JsonError expected) =>
        new StrictJson().Validate(Encoding.UTF8.GetBytes(text)).ShouldBe(expected);

    [Fact]
    public void Bytes_that_are_no_utf8_are_refused()
    {
        StrictJson json = new();
        json.Validate([(byte)'"', 0xff, (byte)'"']).ShouldBe(JsonError.InvalidUtf8);
        json.Validate([(byte)'"', 0xc0, 0xaf, (byte)'"']).ShouldBe(JsonError.InvalidUtf8);
        json.Validate([(byte)'"', 0xed, 0xa0, 0x80, (byte)'"']).ShouldBe(JsonError.InvalidUtf8);
        json.Validate(Encoding.Unicode.GetBytes("\ufeff{}")).ShouldBe(JsonError.InvalidUtf8);
        json.Validate(Encoding.Unicode.GetBytes("{}")).ShouldNotBe(JsonError.None);
    }

    [Fact]
    public void Limits_are_exact()
    {
        StrictJson json = new();
        string Nested(int depth) => new string('[', depth) + new string(']', depth);
        json.Validate(Encoding.UTF8.GetBytes(Nested(StrictJson.MaxDepth))).ShouldBe(JsonError.None);
        json.Validate(Encoding.UTF8.GetBytes(Nested(StrictJson.MaxDepth + 1))).ShouldBe(JsonError.TooDeep);
        json.Validate(Encoding.UTF8.GetBytes(new string('9', StrictJson.MaxNumberLength))).ShouldBe(JsonError.None);
        json.Validate(Encoding.UTF8.GetBytes(new string('9', StrictJson.MaxNumberLength + 1))).ShouldBe(JsonError.NumberTooLong);
        json.Validate(Encoding.UTF8.GetBytes($"{{\"{new string('a', StrictJson.MaxNameLength)}\":1}}")).ShouldBe(JsonError.None);
        json.Validate(Encoding.UTF8.GetBytes($"{{\"{new string('a', StrictJson.MaxNameLength + 1)}\":1}}")).ShouldBe(JsonError.NameTooLong);
    }

    [Fact]
    public void Many_distinct_members_take_linear_time()
    {
        StringBuilder text = new("{");
        for (int i = 0; text.Length < 1_000_000; i++)
        {
            text.Append('"').Append(i).Append("\":0,");
        }

        byte[] distinct = Encoding.UTF8.GetBytes(text + "\"end\":0}");
        byte[] twice = Encoding.UTF8.GetBytes(text + "\"7\":0}");
        StrictJson json = new();
        var limit = TimeSpan.FromSeconds(2);
        Timed.Best(() => json.Validate(distinct).ShouldBe(JsonError.None), limit).ShouldBeLessThan(limit);
        json.Validate(twice).ShouldBe(JsonError.DuplicateName);
    }

    [Fact]
    public void Reader_agrees_with_the_runtimes_own_strict_settings()
    {
        Gen<string> pieces = Gen.Elements(
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "\"\\u0061\"", "1", "-0", "true", "null", " ", "\"", "\\", "0", ".5", "e1", "{\"a\":1}", "[1]");
        Prop.ForAll(pieces.ArrayOf().ToArbitrary(), static parts =>
        {
            byte[] text = Encoding.UTF8.GetBytes(string.Concat(parts));
            return new StrictJson().Validate(text) == JsonError.None == RuntimeAccepts(text);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10000));
    }

    private static bool RuntimeAccepts(byte[] text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
