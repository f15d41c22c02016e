using System.Text;
using System.Text.Json;
using Gatehouse.Audit;
using Gatehouse.Operations;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Audit;

public sealed class Bodies_are_masked
{
    private const string Secret = "s3cr3t-value";

    public static TheoryData<string> Names =>
    [
        "password", "PassWord", "user_passwd", "client-secret", "access_token", "api_key", "apiKey", "API-KEY", "x.api key", "Authorization",
        "private_key", "privateKeyPem", "Set-Cookie", "pass\\u0077ord", "credentials", "session_id", "db.Passphrase",
    ];

    [Theory, MemberData(nameof(Names))]
    public void Names_of_secrets_at_any_depth_hide_all_that_is_in_them(string name)
    {
        var mask = new BodyMask(16 * 1024, []);
        foreach (string value in new[] { $"\"{Secret}\"", $"[\"{Secret}\"]", $"{{\"a\":{{\"b\":[\"{Secret}\"]}}}}" })
        {
            foreach (string body in new[] { $"{{\"{name}\":{value},\"kept\":1}}", $"[[{{\"x\":{{\"{name}\":{value}}}}}],{{\"kept\":1}}]" })
            {
                mask.TryMask(Encoding.UTF8.GetBytes(body), out string? text).ShouldBeTrue();
                text.ShouldNotContain(Secret);
                text.ShouldContain("\"***\"");
                text.ShouldContain("\"kept\":1");
            }
        }
    }

    [Theory]
    [InlineData("""{"ｐａｓｓｗｏｒｄ":"s3cr3t-value"}""")]
    [InlineData("""{"pa\u017F\u017Fword":"s3cr3t-value","to\u212Aen":"s3cr3t-value"}""")]
    [InlineData("""{"pass\u200Bword":"s3cr3t-value","pass":"s3cr3t-value","Auth":"s3cr3t-value"}""")]
    [InlineData("""{"password":"x","password":"s3cr3t-value"}""")]
    [InlineData("""{"inner":"{\"password\":\"s3cr3t-value\"}"}""")]
    [InlineData("""{"inner":" [\"{\\\"password\\\":\\\"s3cr3t-value\\\"}\"]"}""")]
    [InlineData("""{"inner":"{\"a\":1}\n{\"password\":\"s3cr3t-value\"}\n"}""")]
    [InlineData("""{"name":"password","value":"s3cr3t-value"}""")]
    [InlineData("""{"value":{"deep":["s3cr3t-value"]},"Key":"db.Password"}""")]
    [InlineData("""[{"op":"replace","path":"/users/1/password","value":"s3cr3t-value"}]""")]
    [InlineData("""{"headers":[["Accept","text/html"],["Authorization","s3cr3t-value"]]}""")]
    [InlineData("""{"key":"L2FwcC9wYXNzd29yZA==","value":"s3cr3t-value"}""")]
    [InlineData("""{"value":"eyJwYXNzd29yZCI6InMzY3IzdC12YWx1ZSJ9"}""")]
    [InlineData("""{"value":"cGFzc3dvcmQ9czNjcjN0LXZhbHVl"}""")]
    [InlineData("""{"q":"ALTER USER anna WITH PASSWORD 's3cr3t-value'"}""")]
    [InlineData("""{"q":"<Password>s3cr3t-value</Password>"}""")]
    [InlineData("""{"body":"user=a&password=s3cr3t-value"}""")]
    [InlineData("""{"body":"user=a&pass%77ord=s3cr3t-value"}""")]
    [InlineData("""{"cmd":"curl -H 'Authorization: s3cr3t-value' x"}""")]
    [InlineData("""{"x":"Bearer s3cr3t-value"}""")]
    [InlineData("""{"x":"basic s3cr3t-value"}""")]
    [InlineData("""{"url":"see https://anna:s3cr3t-value@db.example:5432/x"}""")]
    [InlineData("""{"source":{"remote":{"host":"https://o:1","username":"u","password":"s3cr3t-value"}}}""")]
    [InlineData("""{"pem":"-----BEGIN EC PRIVATE KEY-----\ns3cr3t-value\n-----END EC PRIVATE KEY-----"}""")]
    public void Secrets_under_odd_names_and_inside_of_texts_are_found(string body)
    {
        var record = new AuditEvent { Action = AuditAction.AccessGranted };
        new BodyMask(16 * 1024, []).Describe(Encoding.UTF8.GetBytes(body), record);
        string line = Encoding.UTF8.GetString(Write(record).Line.Span);
        line.ShouldNotContain(Secret);
        line.ShouldNotContain("czNjcjN0");
        record.RequestBody!.ShouldContain("***");
        record.RequestBodyHash.ShouldBeNull();
    }

    [Fact]
    public void What_is_no_secret_stays_as_it_is()
    {
        const string Body = """{"query":{"match":{"title":"the author of a paper: reset your password now"}},"path":"/app","value":"aGVsbG8gd29ybGQ=","url":"https://example.com/a?b=c@d","name":"anna","n":[1,"a",{"id":"x","type":"t"}],"s":"{\"a\": 1}"}""";
        var record = new AuditEvent { Action = AuditAction.AccessGranted };
        new BodyMask(16 * 1024, []).Describe(Encoding.UTF8.GetBytes(Body), record);
        record.RequestBody!.ShouldNotContain("***");
        record.RequestBodyHash!.Length.ShouldBe(64);
        using var read = JsonDocument.Parse(record.RequestBody!);
        read.RootElement.GetProperty("s").GetString().ShouldBe("{\"a\": 1}");
    }

    [Fact]
    public void Hostile_bodies_cost_little()
    {
        var mask = new BodyMask(16 * 1024, ["/*/*/*"]);
        string deep = string.Concat(Enumerable.Repeat("{\"name\":", 60)) + "1" + new string('}', 60);
        string wide = "[" + string.Join(',', Enumerable.Repeat("{\"name\":\"x=y:z>\"}", 800)) + "]";
        string texts = "[\"" + string.Concat(Enumerable.Repeat("://a%20", 2200)) + "\"]";
        long start = TimeProvider.System.GetTimestamp();
        foreach (string body in new[] { deep, wide, texts, "[\"" + new string('[', 16000) + "\"]", "[\"" + new string('A', 16000) + "\"]" })
        {
            mask.TryMask(Encoding.UTF8.GetBytes(body), out _).ShouldBeTrue();
        }

        TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Words_and_pointers_of_the_gate_come_on_top()
    {
        var mask = new BodyMask(16 * 1024, ["IBAN", "/users/*/mail", "/a~1b/0"]);
        mask.TryMask("""{"my_iban":1,"users":[{"mail":"x","name":"n","deep":{"mail":"kept"}}],"a/b":["hidden","kept2"],"n":1.50,"t":true,"z":null}"""u8, out string? text).ShouldBeTrue();
        text.ShouldBe("""{"my_iban":"***","users":[{"mail":"***","name":"n","deep":{"mail":"kept"}}],"a/b":["***","kept2"],"n":1.50,"t":true,"z":null}""");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"s3cr3t-value\"")]
    [InlineData("s3cr3t-value")]
    [InlineData("{\"a\":\"s3cr3t-value\"")]
    [InlineData("{\"a\":1} {\"password\":\"s3cr3t-value\"}")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{/*s3cr3t-value*/}")]
    [InlineData("user=a&password=s3cr3t-value")]
    [InlineData("{\"a\":1}\n{\"password\":\"s3cr3t-value\"}\n")]
    [InlineData("\uFEFF{\"password\":\"s3cr3t-value\"}")]
    public void What_is_no_JSON_object_or_array_is_its_length_only(string body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        var record = new AuditEvent { Action = AuditAction.AccessGranted };
        new BodyMask(16 * 1024, []).Describe(bytes, record);
        record.RequestBody.ShouldBeNull();
        AuditRecord read = Write(record);
        read.RequestBodyHash.ShouldBeNull("what is known of it and its hash would tell a short secret");
        read.RequestBytes.ShouldBe(bytes.Length);
        Encoding.UTF8.GetString(read.Line.Span).ShouldNotContain(Secret);
    }

    [Fact]
    public void Too_large_for_the_gate_or_for_the_record_is_length_and_hash_only()
    {
        byte[] large = Encoding.UTF8.GetBytes("{\"a\":\"" + new string('x', 2000) + "\"}");
        var record = new AuditEvent { Action = AuditAction.AccessGranted };
        new BodyMask(1024, []).Describe(large, record);
        record.RequestBody.ShouldBeNull();

        // Each of these characters takes six in the trail: 60,000 do not fit beside the operations.
        var operations = new OperationSet();
        operations.Begin(SystemAction.Intern("etcd", "kv.put"));
        for (int i = 0; i < 400; i++)
        {
            operations.AddResource(Encoding.ASCII.GetBytes(i + new string('k', 100)));
        }

        new BodyMask(16 * 1024, []).Describe(Encoding.UTF8.GetBytes("[\"" + string.Concat(Enumerable.Repeat("\\\\\\\"", 3500)) + "\"]"), record);
        record.RequestBody.ShouldNotBeNull();
        record.Operations = operations;
        record.Path = new string('\u0001', 5000);
        AuditRecord read = Write(record);
        read.RequestBody.ShouldBeNull();
        read.RequestBodyHash!.Length.ShouldBe(64);
        read.Truncated.ShouldBeTrue();
    }

    [Fact]
    public void Random_bodies_never_show_a_value_under_a_masked_name()
    {
        var random = new Random(5);
        var mask = new BodyMask(1 << 20, []);
        for (int i = 0; i < 500; i++)
        {
            string body = Node(random, 0, false);
            body = body[0] is '{' or '[' ? body : $"[{body}]";
            mask.TryMask(Encoding.UTF8.GetBytes(body), out string? text).ShouldBeTrue(body);
            text.ShouldNotContain(Secret);
            using var parsed = JsonDocument.Parse(text);
        }
    }

    private static string Node(Random random, int depth, bool isSecret)
    {
        int kind = depth > 5 ? 2 : random.Next(4);
        return kind switch
        {
            0 => "{" + string.Join(',', Enumerable.Range(0, random.Next(4)).Select(i =>
            {
                bool isNamed = random.Next(3) == 0;
                string name = isNamed ? Names.ElementAt(random.Next(Names.Count)).Data : "plain" + i;
                return $"\"{name}\":{Node(random, depth + 1, isSecret || isNamed)}";
            })) + "}",
            1 => "[" + string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Node(random, depth + 1, isSecret))) + "]",
            _ => isSecret ? $"\"{Secret}\"" : "\"open\"",
        };
    }

    private static AuditRecord Write(AuditEvent record)
    {
        byte[] buffer = new byte[AuditRecordReader.MaxLine];
        using var chain = new AuditChain();
        int length = chain.Append(buffer, AuditRecordWriter.Format(record, buffer)) - 1;
        AuditRecordReader.TryRead(buffer.AsSpan(0, length), out AuditRecord? read).ShouldBeTrue();
        return read;
    }
}
