using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Gatehouse.Testing.Ignite.Client;
using Gatehouse.Testing.Ignite.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>Which node a client comes to, and by what it may log in.</summary>
[Collection(nameof(IgniteGates))]
public sealed class Nodes_and_logins(IgniteGates gates)
{
    [Theory]
    [InlineData("names", "one.test", "first")]
    [InlineData("names", "TWO.test", "second")]
    [InlineData("names", "three.test", "first")]
    [InlineData("names", "localhost", "first")]
    [InlineData("strict", "two.test", "second")]
    [InlineData("strict", "one.test", "first")]
    public async Task A_server_name_chooses_the_node(string gate, string name, string node)
    {
        await using ThinClient client = await ThinClient.ConnectAsync(gates.As(gate, "all") with { ServerName = name, CaFile = name == "three.test" ? null : gates.Daemon.CaFile });

        client.Handshake.NodeName.ShouldBe(node);
        client.Handshake.NodeId.ShouldBe(node == "first" ? gates.First.NodeId : gates.Second.NodeId);
        client.Handshake.ClusterName.ShouldBe("stand-in");
        await client.UpsertAsync(gates.Orders, "by-" + name, "x");
        (await client.GetAsync(gates.Orders, "by-" + name)).ShouldBe("x");
    }

    [Theory]
    [InlineData("three.test")]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task Other_names_are_refused_where_only_names_count(string name)
    {
        await using ThinClient client = await ThinClient.OpenAsync(gates.As("strict", "all") with { ServerName = name, CaFile = null });

        client.Handshake.Error.ShouldNotBeNull().Message.ShouldStartWith("GH5409");
    }

    [Fact]
    public async Task A_node_behind_TLS_is_reached_by_its_authority()
    {
        await using ThinClient client = await gates.ConnectAsync("secure", "orders");

        await client.UpsertAsync(gates.Orders, "tls", "yes");
        (await client.GetAsync(gates.Orders, "tls")).ShouldBe("yes");
        client.Handshake.NodeName.ShouldBe("secure");
    }

    [Theory]
    [InlineData("old", "")]
    [InlineData("old", "3b")]
    [InlineData("old", "3b4205")]
    [InlineData("middle", "")]
    [InlineData("middle", "3b")]
    [InlineData("middle", "3b4205")]
    [InlineData("main", "")]
    [InlineData("main", "3b")]
    public async Task Clients_and_nodes_of_every_age_work(string gate, string mask)
    {
        byte[] bytes = Convert.FromHexString(mask);
        await using ThinClient client = await ThinClient.ConnectAsync(gates.As(gate, "all") with { FeatureBytes = bytes, Features = FeatureSet.Parse(bytes) });

        (await client.TableIdAsync("ORDERS")).ShouldBe(gates.Orders);
        await client.UpsertAsync(gates.Orders, "age", mask);
        (await client.GetAsync(gates.Orders, "age")).ShouldBe(mask);
        long tx = await client.BeginAsync();
        await client.UpsertAsync(gates.Orders, "age", "in a transaction", tx);
        await client.RollbackAsync(tx);
        (await client.SqlAsync(new SqlCall("SELECT x FROM TABLE(SYSTEM_RANGE(1, 3))") { PageSize = 2 })).Rows.Count.ShouldBe(2);
        await client.ScriptAsync("INSERT INTO ORDERS VALUES (1, 2); DELETE FROM ORDERS");
        (await client.ExecuteAsync("org.example.EchoJob", "orders:1.0.0")).ShouldNotBe(Guid.Empty);
        await client.HeartbeatAsync();
    }

    [Fact]
    public async Task An_api_key_is_a_password_and_falls_with_it()
    {
        JsonElement made = await gates.Daemon.JsonAsync("apikey", "create", "ignite", "--owner", "all", "--grant", "ignite:table.read:PUBLIC.ORDERS");
        string key = made.GetProperty("key").GetString()!;
        await using ThinClient client = await ThinClient.ConnectAsync(gates.As("main", "all", key));
        (await client.GetAsync(gates.Orders, "none")).ShouldBeNull();
        (await Should.ThrowAsync<ThinRefusedException>(() => client.UpsertAsync(gates.Orders, "a", "b"))).Error.Message.ShouldStartWith("GH7004");

        await gates.FineAsync(["apikey", "revoke", made.GetProperty("id").GetString()!]);

        await client.Closed.WaitAsync(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        await using ThinClient again = await ThinClient.OpenAsync(gates.As("main", "all", key));
        again.Handshake.Error.ShouldNotBeNull().Code.ShouldBe(ThinError.InvalidCredentials);
    }

    [Fact]
    public async Task A_certificate_needs_no_password_and_ends_with_its_revocation()
    {
        string folder = gates.Daemon.Folder.Path;
        string list = Path.Combine(folder, "cards.crl");
        await File.WriteAllTextAsync(list, gates.Cards.Revoke(), TestContext.Current.CancellationToken);
        string realm = $"kind: pki\ncertificate:\n  crls: [{list}]\n  authorities: |\n{string.Concat(gates.Cards.Pem.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => $"    {l}\n"))}";
        await gates.FineAsync(["realm", "set", "cards", "-f", "-"], realm);
        await gates.FineAsync(["mapping", "set", "cards", "--role", "orders", "--realm", "cards"]);
        using X509Certificate2 card = gates.Cards.Sign("CN=pump-7");
        await using ThinClient client = await ThinClient.ConnectAsync(gates.As("cards", null) with { ClientCertificate = card });
        await client.UpsertAsync(gates.Orders, "card", "yes");
        using var strangers = new Running.ClientAuthority("cards");
        using X509Certificate2 strange = strangers.Sign("CN=pump-7");
        await Should.ThrowAsync<Exception>(() => ThinClient.ConnectAsync(gates.As("cards", null) with { ClientCertificate = strange }));

        await File.WriteAllTextAsync(list, gates.Cards.Revoke(card), TestContext.Current.CancellationToken);
        await gates.FineAsync(["realm", "set", "cards", "-f", "-"], realm + "\n");

        await client.Closed;
        await Should.ThrowAsync<Exception>(() => ThinClient.ConnectAsync(gates.As("cards", null) with { ClientCertificate = card }));
    }

    [Fact]
    public async Task A_token_is_a_password()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECParameters point = key.ExportParameters(includePrivateParameters: false);
        string keys = JsonSerializer.Serialize(new
        {
            keys = new[] { new { kty = "EC", crv = "P-256", kid = "k1", alg = "ES256", x = Base64Url.EncodeToString(point.Q.X), y = Base64Url.EncodeToString(point.Q.Y) } },
        });
        await gates.FineAsync(
            ["realm", "set", "sso", "-f", "-"],
            $"kind: jwt\norder: 30\ntoken:\n  issuer: https://issuer.example.com\n  audiences: [ignite]\n  algorithms: [ES256]\n  keys: '{keys}'\n");
        await gates.FineAsync(["mapping", "set", "tokens", "--role", "orders", "--realm", "sso"]);

        await using ThinClient client = await ThinClient.ConnectAsync(gates.As("main", "whoever", Token(key, "ignite")));
        await client.UpsertAsync(gates.Orders, "token", "yes");
        await using ThinClient other = await ThinClient.OpenAsync(gates.As("main", "whoever", Token(key, "other")));
        other.Handshake.Error.ShouldNotBeNull().Code.ShouldBe(ThinError.InvalidCredentials);
    }

    [Fact]
    public async Task Guessing_is_limited()
    {
        string last = "";
        for (int i = 0; i < 60 && !last.StartsWith("GH7003", StringComparison.Ordinal); i++)
        {
            await using ThinClient client = await ThinClient.OpenAsync(gates.As("main", "guessed", $"guess-{i}"));
            last = client.Handshake.Error.ShouldNotBeNull().Message!;
        }

        last.ShouldNotBeEmpty();
        (await gates.RecordAsync(static r => r.Contains("guessed", StringComparison.Ordinal) && r.Contains("limit", StringComparison.Ordinal))).ToString().ShouldContain("main");
        await using ThinClient known = await gates.ConnectAsync("main", "all");
        await known.HeartbeatAsync();
    }

    private static string Token(ECDsa key, string audience)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string head = Base64Url.EncodeToString("""{"alg":"ES256","kid":"k1"}"""u8);
        string body = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(
            new { iss = "https://issuer.example.com", sub = "tina", aud = audience, iat = now - 10, exp = now + 300 }));
        byte[] signature = key.SignData(Encoding.ASCII.GetBytes($"{head}.{body}"), HashAlgorithmName.SHA256);
        return $"{head}.{body}.{Base64Url.EncodeToString(signature)}";
    }
}
