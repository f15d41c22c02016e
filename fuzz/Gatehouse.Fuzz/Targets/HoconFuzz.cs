using System.Text;
using Gatehouse.Operations;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Hocon;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ignite.Rest;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>HOCON: read or refused with a place, masked as JSON that is read the same, and never short of a right to security.</summary>
public sealed class HoconFuzz : IFuzzTarget
{
    private readonly CanonicalTarget _target = new();
    private readonly CatalogueEndpoint _endpoint;
    private readonly OperationSet _operations = new();

    /// <summary>Finds the endpoint.</summary>
    public HoconFuzz()
    {
        Require(_target.Parse("/management/v1/configuration/cluster") == TargetError.None, "the target is one");
        _endpoint = IgniteRestCatalogue.Routes.Match("PATCH", _target).Endpoint ?? throw new OracleException("the endpoint is there");
    }

    /// <inheritdoc/>
    public string Name => "hocon";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
        ["ignite", "security", "ignite.security", "\"", "\"\"\"", "\\u0069", "{", "}", "[", "]", "=", ":", "+=", ".", ",", "\n", "\r", "#", "//", "${x}", "include ", "null", "password", " "];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        bool isRead = HoconDocument.TryParse(input, out HoconDocument? document, out HoconError? error);
        Require(isRead == (document is not null) && isRead == (error is null), "an error is there where nothing is read");
        Require(isRead || (error!.Line >= 1 && error.Column >= 1 && error.Line <= input.Count((byte)'\n') + 1), "a place lies in the text");
        bool isAllowed = IgniteRestReader.TryRead(_endpoint, "PATCH", _target, input, _operations, out IgniteRestRequest? request, out _);
        Require(isRead || !isAllowed, "what is not read is refused");
        Require(isAllowed == _operations.Count > 0, "operations are there where it is read");
        if (document is null)
        {
            return;
        }

        Require(HoconDocument.TryParse(Encoding.UTF8.GetBytes(document.ToRedactedJson()), out HoconDocument? again, out error) || error.Reason == HoconReasons.TooLong, "its JSON is read");
        Require(again is null || again.Entries.Length <= document.Entries.Length, "and has no more in it");
        bool isSecurity = document.Entries.Any(static e => e.Segments.Length < 2 || e.Segments[1].Equals("security", StringComparison.OrdinalIgnoreCase));
        Require(!isAllowed || request!.TouchesSecurity == isSecurity, "security is seen");
        Require(!isAllowed || (_operations.Count == 2) == isSecurity, "and needs a right of its own");
    }
}
