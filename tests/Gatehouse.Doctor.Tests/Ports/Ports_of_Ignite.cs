using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ignite;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Tests.Ignite;
using Gatehouse.Protocols.Ignite;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>What a node's doors say: the client port, REST, and the port for nodes.</summary>
public sealed class Ports_of_Ignite
{
    private const string State = """{"cmgNodes":["n1"],"msNodes":["n1"],"clusterTag":{"clusterName":"x"}}""";

    [Fact]
    public void An_answer_to_a_handshake_is_read()
    {
        IgniteQuestion.Read(LetIn()).ShouldBe(IgniteVerdict.LetIn);
        IgniteQuestion.Read(Refusal()).ShouldBe(IgniteVerdict.Refused);
        IgniteQuestion.Read(LetIn().AsSpan(0, 20)).ShouldBe(IgniteVerdict.Unknown);
        IgniteQuestion.Read("HTTP/1.1 400 Bad Request\r\n\r\n"u8).ShouldBe(IgniteVerdict.Unknown);
        IgniteQuestion.Read([]).ShouldBe(IgniteVerdict.Unknown);
    }

    [Fact]
    public async Task A_client_without_a_user_that_is_let_in_is_found()
    {
        await using TestPort client = TestPort.Start(ClientPort(static _ => true));

        Examination found = await Host($"ignite.clientConnector.port: {client.Port}", client).LookAsync(new IgniteDoctor());

        found.Of("IGN-SEC-001").ShouldBe("High");
        found.Of("IGN-SEC-003").ShouldBe("");
    }

    [Fact]
    public async Task The_user_that_every_installation_begins_with_is_tried_once()
    {
        await using TestPort client = TestPort.Start(ClientPort(static user => user == "ignite"));
        FakeHost host = Host($"ignite.clientConnector.port: {client.Port}", client);
        var tried = new TriedPairs();

        Examination first = await host.LookAsync(new IgniteDoctor(), host.Prober(tried)), second = await host.LookAsync(new IgniteDoctor(), host.Prober(tried));

        (first.Of("IGN-SEC-001"), first.Of("IGN-SEC-003"), second.Of("IGN-SEC-003")).ShouldBe(("", "Critical", "Critical"));
        client.Calls.ShouldBe(3);
    }

    [Fact]
    public async Task A_node_with_a_user_of_its_own_is_fine()
    {
        await using TestPort client = TestPort.Start(ClientPort(static _ => false), TestPort.Tls());

        Examination found = await Host($"ignite.clientConnector {{ port: {client.Port}, ssl.enabled: true }}", client).LookAsync(new IgniteDoctor());

        (found.Of("IGN-SEC-001"), found.Of("IGN-SEC-003"), found.Of("IGN-RUN-003"), found.Of("IGN-TLS-007")).ShouldBe(("", "", "", ""));
        found.Systems[0].Checks.ShouldContain("IGN-SEC-001");
        client.Calls.ShouldBe(2);
    }

    [Fact]
    public async Task A_client_port_in_clear_where_the_file_has_TLS_contradicts_it()
    {
        await using TestPort client = TestPort.Start(ClientPort(static _ => false));

        Examination found = await Host($"ignite.clientConnector {{ port: {client.Port}, ssl.enabled: true }}", client).LookAsync(new IgniteDoctor());

        found.Live("IGN-RUN-003").ShouldContain(static f => f.Text.Contains("answers in clear", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(200, State, "High")]
    [InlineData(409, """{"title":"Conflict","status":409,"traceId":"x"}""", "Medium")]
    [InlineData(401, """{"title":"Unauthorized","status":401,"traceId":"x"}""", "")]
    [InlineData(404, "no such page", "")]
    public async Task REST_is_asked_for_its_state(int status, string body, string expected)
    {
        await using TestPort rest = TestPort.Http(_ => TestPort.Answer(status, body, "Content-Type: application/problem+json"));

        Examination found = await Host($"ignite.rest.port: {rest.Port}", rest).LookAsync(new IgniteDoctor());

        found.Of("IGN-SEC-001").ShouldBe(expected);
        rest.Requests.ShouldAllBe(static r => r.StartsWith("GET /management/v1/cluster/state ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task REST_takes_the_published_user_where_there_is_no_client_port()
    {
        string basic = Convert.ToBase64String("ignite:ignite"u8);
        await using TestPort rest = TestPort.Http(request => request.Contains($"Basic {basic}", StringComparison.Ordinal) ? TestPort.Answer(200, State) : TestPort.Answer(401, """{"traceId":"x"}""", "WWW-Authenticate: Basic"));

        Examination found = await Host($"ignite.rest.port: {rest.Port}", rest).LookAsync(new IgniteDoctor());

        found.Of("IGN-SEC-003").ShouldBe("Critical");
        rest.Requests.Count(static r => r.Contains("Authorization", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Theory]
    [InlineData(false, "High")]
    [InlineData(true, "Unknown")]
    [InlineData(null, "")]
    public async Task The_port_for_nodes_has_to_ask_for_a_certificate(bool? asks, string expected)
    {
        await using TestPort network = TestPort.Start(static (connection, cancellation) => connection.ReadAsync(new byte[1], cancellation).AsTask(), TestPort.Tls(asks == true, needsCertificate: asks is null));

        Examination found = await Host($"ignite.network {{ port: {network.Port}, ssl {{ enabled: true, clientAuth: require }} }}", network).LookAsync(new IgniteDoctor());

        found.Of("IGN-NET-002").ShouldBe(expected);
    }

    [Fact]
    public async Task Nothing_is_said_to_a_port_for_nodes_without_TLS()
    {
        await using TestPort network = TestPort.Start(static (_, _) => Task.CompletedTask);

        await Host($"ignite.network.port: {network.Port}", network).LookAsync(new IgniteDoctor());

        network.Calls.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Hostile_ports.Kinds), MemberType = typeof(Hostile_ports))]
    public async Task Hostile_ports_are_borne(string kind)
    {
        await using TestPort client = Hostile_ports.Start(kind), rest = Hostile_ports.Start(kind), network = Hostile_ports.Start(kind);
        long start = Stopwatch.GetTimestamp();

        Examination found = await Host(
            $"ignite {{ clientConnector {{ port: {client.Port}, ssl.enabled: true }}, rest.port: {rest.Port}, network {{ port: {network.Port}, ssl {{ enabled: true, clientAuth: require }} }} }}", client, rest, network).LookAsync(new IgniteDoctor());

        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        found.Text().ShouldNotContain("please report");
        new[] { "IGN-SEC-001", "IGN-SEC-003", "IGN-NET-002" }.ShouldAllBe(id => found.Live(id).Length == 0);
        client.Calls.ShouldBeGreaterThan(0);
    }

    private static FakeHost Host(string text, params TestPort[] ports)
    {
        FakeHost host = new FakeHost().File("/srv/n1.conf", text, "0600").Process(7, "java", $"{IgniteLook.Runner} --config-path=/srv/n1.conf");
        foreach (TestPort port in ports)
        {
            host.Socket(port.EndPoint.ToString(), 7);
        }

        return host;
    }

    // The thin client's handshake: who is let in is decided by the user.
    private static Serve ClientPort(Func<string?, bool> lets) => async (connection, cancellation) =>
    {
        byte[] said = await TestPort.ReadAsync(connection, static bytes => bytes.Length >= 8 && bytes.Length >= 8 + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4)), cancellation);
        if (said.AsSpan().StartsWith("IGNI"u8) && IgniteHandshake.TryParse(said.AsSpan(8), out IgniteHandshake? handshake, out _))
        {
            await connection.WriteAsync(lets(handshake!.Identity) ? LetIn() : Refusal(), cancellation);
        }
    };

    private static byte[] Refusal()
    {
        var answer = new ArrayBufferWriter<byte>();
        IgniteHandshakeAnswer.WriteFailure(answer, 983042, "Authentication failed");
        return answer.WrittenSpan.ToArray();
    }

    // 3.0.0, no error, no idle timeout, a node, one cluster, a timestamp, version 3.1.0, no features, no extensions.
    private static byte[] LetIn()
    {
        byte[] payload =
        [
            3, 0, 0, 0xc0, 0, 0xd8, 3, .. new byte[16], 0xa2, .. "n1"u8, 1, 0xd8, 3, .. new byte[16], 0xa1, .. "c"u8, 0, 3, 1, 0, 0xc0, 0xc0, 0xc4, 0, 0,
        ];
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, payload.Length);
        return [.. "IGNI"u8, .. length, .. payload];
    }
}
