using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.Engine.Hosting;
using Gatehouse.Engine.Hosting.Offline;
using Gatehouse.Engine.Issuing;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Certificates;

/// <summary>Calls about certificates: to the daemon, or with the daemon down to the node's own store.</summary>
internal static class CertificateCalls
{
    public const string Certificates = "/v1/certificates";
    public const string Authorities = "/v1/authorities";
    private const string Revocations = "/v1/revocations";

    private static CertificateJson Json => CertificateJson.Lenient;

    public static Task<Answer<CertificateIssued>> IssueAsync(CommandContext context, CertificateRequestBody body, bool isSigning, CancellationToken cancellation) => AskAsync(
        context,
        () => context.Client.SendAsync(HttpMethod.Post, isSigning ? Certificates + "/signatures" : Certificates, body, Json.CertificateRequestBody, Json.CertificateIssued, cancellation),
        () => OfflineAsync(context, async desk => await desk.Certificates.IssueAsync(OfflineDesk.Actor, body, cancellation), Json.CertificateIssued, cancellation));

    public static Task<Answer<CertificateIssued>> RenewAsync(CommandContext context, string serial, CertificateRenewBody body, CancellationToken cancellation) => AskAsync(
        context,
        () => context.Client.SendAsync(HttpMethod.Post, $"{Certificates}/{AdminClient.Segment(serial)}/renewal", body, Json.CertificateRenewBody, Json.CertificateIssued, cancellation),
        () => OfflineAsync(context, async desk => await desk.Certificates.RenewAsync(OfflineDesk.Actor, serial, body, cancellation), Json.CertificateIssued, cancellation));

    public static Task<Answer<RevocationResponse>> RevokeAsync(CommandContext context, RevocationRequest body, CancellationToken cancellation) => AskAsync(
        context,
        () => context.Client.SendAsync(HttpMethod.Post, Revocations, body, Json.RevocationRequest, Json.RevocationResponse, cancellation),
        () => OfflineAsync(context, async desk => await desk.Revocations.RevokeAsync(OfflineDesk.Actor, body, cancellation), Json.RevocationResponse, cancellation));

    public static Task<Answer<CertificateListResponse>> ListAsync(CommandContext context, CancellationToken cancellation) => AskAsync(
        context,
        () => context.Client.GetAsync(Certificates, Json.CertificateListResponse, cancellation),
        () => OfflineAsync(
            context, static desk => Task.FromResult(CertificateDesk.List(desk.Changes.Current, TimeProvider.System.GetUtcNow())), Json.CertificateListResponse, cancellation));

    public static Task<Answer<AuthorityListResponse>> AuthoritiesAsync(CommandContext context, CancellationToken cancellation) => AskAsync(
        context,
        () => context.Client.GetAsync(Authorities, Json.AuthorityListResponse, cancellation),
        () => OfflineAsync(context, static desk => Task.FromResult(desk.Authorities.List(desk.Changes.Current)), Json.AuthorityListResponse, cancellation));

    public static Task<Answer<AuthorityListResponse>> ImportAsync(CommandContext context, AuthorityImportRequest body, CancellationToken cancellation) => AskAsync(
        context,
        () => context.Client.SendAsync(HttpMethod.Post, Authorities, body, Json.AuthorityImportRequest, Json.AuthorityListResponse, cancellation),
        () => OfflineAsync(context, async desk => await desk.Authorities.ImportAsync(OfflineDesk.Actor, body, cancellation), Json.AuthorityListResponse, cancellation));

    private static async Task<Answer<T>> AskAsync<T>(CommandContext context, Func<Task<Answer<T>>> daemon, Func<Task<Answer<T>>> offline)
    {
        try
        {
            return await daemon();
        }
        catch (CommandFailure failure) when (failure.Error.Id == AdministrationProblems.NotRunning.Id && !context.IsRemote && IsNode(context.DataFolder))
        {
            return await offline();
        }
    }

    // Apart, so that calls to a daemon do not load the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsNode(string folder) => OfflineNode.IsNode(folder);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<Answer<T>> OfflineAsync<T>(CommandContext context, Func<OfflineDesk, Task<T>> work, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        var options = new NodeOptions { DataDirectory = context.DataFolder, ConfigurationFile = context.ConfigurationFile };
        await using OfflineDesk desk = await OfflineDesk.OpenAsync(options, cancellation);
        T value = await work(desk);
        return new Answer<T>(JsonSerializer.SerializeToUtf8Bytes(value, type), value);
    }
}
