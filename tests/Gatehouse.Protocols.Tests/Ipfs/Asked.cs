using System.Text;
using Gatehouse.Operations;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ipfs;
using Shouldly;

namespace Gatehouse.Protocols.Tests.Ipfs;

/// <summary>Requests as text, <c>METHOD TARGET [BODY]</c>, and what becomes of them.</summary>
internal static class Asked
{
    public const string V0 = "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n";
    public const string V0AsV1 = "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
    public const string Raw = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

    /// <summary>A request with <c>{0}</c> for the CID in version 0, <c>{1}</c> for it in version 1 and <c>{R}</c> for another.</summary>
    public static string Filled(string text) =>
        text.Replace("{0}", V0, StringComparison.Ordinal).Replace("{1}", V0AsV1, StringComparison.Ordinal).Replace("{R}", Raw, StringComparison.Ordinal);

    /// <summary>The operations, or <c>!</c> and the word of the refusal, with the placeholders back in.</summary>
    public static string Shown(string system, string request)
    {
        string[] parts = Filled(request).Split(' ', 3);
        byte[] body = Encoding.UTF8.GetBytes(parts.Length > 2 ? parts[2] : "");
        string? type = body.Length == 0 ? null : body[0] == (byte)'-' ? "multipart/form-data; boundary=x" : "application/json";
        RequestClass found = IpfsCatalogues.Classify(system, parts[0], parts[1], type, body);
        string shown = found.Refusal is { } word ? "! " + word
            : string.Join("; ", found.Operations.Select(static o => o.Resources.Count == 0 ? o.Action : $"{o.Action} {string.Join(',', o.Resources)}"));
        return shown.Replace(V0AsV1, "{1}", StringComparison.Ordinal).Replace(Raw, "{R}", StringComparison.Ordinal);
    }

    /// <summary>A request that must be readable.</summary>
    public static IpfsRequest Read(string system, string request, OperationSet into)
    {
        string[] parts = Filled(request).Split(' ', 3);
        var target = new CanonicalTarget();
        target.Parse(parts[1]).ShouldBe(TargetError.None, request);
        CatalogueMatch match = IpfsCatalogues.All[system].Match(parts[0], target);
        match.IsMatch.ShouldBeTrue(request);
        byte[] body = Encoding.UTF8.GetBytes(parts.Length > 2 && match.Endpoint!.BodyMode == BodyMode.Json ? parts[2] : "");
        IpfsReader.TryRead(system, match.Endpoint!, parts[0], target, body, into, out IpfsRequest? read, out IpfsFault? fault).ShouldBeTrue(fault?.Reason + " " + request);
        return read!;
    }
}
