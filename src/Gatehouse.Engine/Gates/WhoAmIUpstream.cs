using System.Buffers;
using System.Text.Json;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Policy;
using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Engine.Gates;

/// <summary>An upstream inside this process. It takes a permit like any other.</summary>
internal interface IBuiltInUpstream
{
    /// <summary>Answers a request.</summary>
    ValueTask<ForwardOutcome> AnswerAsync(Permit permit, HttpExchange exchange);
}

/// <summary><c>builtin:whoami</c>: tells the caller who it is, as the gate sees it.</summary>
internal sealed class WhoAmIUpstream(GateEnvironment environment) : IBuiltInUpstream
{
    private const string Table = "GET / whoami - any-principal\n";

    /// <summary>Its catalogue: any authenticated principal may ask.</summary>
    public static Catalogue Catalogue { get; } = Catalogue.Parse("http", Table, "builtin:whoami", [])
        ?? throw new InvalidOperationException("the catalogue of builtin:whoami does not parse");

    /// <inheritdoc/>
    public ValueTask<ForwardOutcome> AnswerAsync(Permit permit, HttpExchange exchange)
    {
        permit.EnsureValid();
        ArrayBufferWriter<byte> body = new(512);
        using (Utf8JsonWriter json = new(body))
        {
            Write(json, exchange);
        }

        exchange.Answer(200, body.WrittenSpan);
        exchange.Control.Phase = ForwardPhase.Done;
        exchange.Control.Status = 200;
        exchange.Control.ResponseBytes = body.WrittenCount;
        return ValueTask.FromResult(exchange.Control.Outcome(ForwardResult.Ok));
    }

    private void Write(Utf8JsonWriter json, HttpExchange exchange)
    {
        json.WriteStartObject();
        json.WriteString("user", exchange.Login!.Principal.Name); // a permit is made only for a login
        json.WriteString("realm", exchange.Login.Principal.Realm);
        json.WriteStartArray("roles");
        foreach (string role in exchange.Roles)
        {
            json.WriteStringValue(role);
        }

        json.WriteEndArray();
        json.WriteString("source", exchange.Source.ToString());
        json.WriteString("gate", exchange.GateName);
        if (exchange.Connection.Secured is { } tls)
        {
            json.WriteStartObject("tls");
            json.WriteString("protocol", tls.Protocol.ToString());
            json.WriteString("cipher", tls.CipherSuite.ToString());
            json.WriteString("server_name", tls.ServerName);
            json.WriteString("client_certificate", tls.ClientCertificate?.Subject);
            json.WriteEndObject();
        }

        json.WriteString("node", environment.Node);
        json.WriteEndObject();
    }
}
