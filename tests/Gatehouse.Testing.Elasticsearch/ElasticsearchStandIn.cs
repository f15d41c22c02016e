using System.Net;
using Gatehouse.Testing.Elasticsearch.Apis;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;
using Gatehouse.Testing.Elasticsearch.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Testing.Elasticsearch;

/// <summary>
/// A small Elasticsearch or OpenSearch in memory, on the loopback address. It knows nothing of Gatehouse: what it makes of a
/// request is written after Elasticsearch's manual and router, so that a gate before it can be wrong.
/// </summary>
public sealed class ElasticsearchStandIn : IAsyncDisposable
{
    private readonly WebApplication _server;

    private ElasticsearchStandIn(WebApplication server, StandInIndices indices, RequestLog requests)
    {
        _server = server;
        Indices = indices;
        Requests = requests;
        Address = new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>What was asked.</summary>
    public RequestLog Requests { get; }

    /// <summary>What it holds.</summary>
    public StandInIndices Indices { get; }

    /// <summary>Starts one; it listens when this returns.</summary>
    public static async Task<ElasticsearchStandIn> StartAsync(StandInOptions? options = null)
    {
        options ??= new StandInOptions();
        var context = new ApiContext(new ClusterModel(options));
        var log = new RequestLog(options.KeptRequests);
        var indices = new StandInIndices(context);
        var pipeline = new RestPipeline(options, Routes(context), context, log, indices);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // http.max_content_length, http.max_initial_line_length and http.max_header_size of a cluster.
            kestrel.Limits.MaxRequestBodySize = options.MaxBody;
            kestrel.Limits.MaxRequestLineSize = 4096;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, options.Port, listen =>
            {
                if (options.Certificate is not null)
                {
                    listen.UseHttps(new HttpsConnectionAdapterOptions
                    {
                        ServerCertificate = options.Certificate,
                        ClientCertificateMode = ClientCertificateMode.AllowCertificate,
                        ClientCertificateValidation = static (_, _, _) => true,
                    });
                }
            });
        });
        WebApplication server = builder.Build();
        server.Run(pipeline.RunAsync);
        await server.StartAsync();
        return new ElasticsearchStandIn(server, indices, log);
    }

    /// <summary>Stops it at once; open connections are closed.</summary>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
    }

    private static Router Routes(ApiContext context)
    {
        var router = new Router();
        var documents = new DocumentApi(context);
        var search = new SearchApi(context);
        documents.Register(router);
        search.Register(router);
        new BulkApi(context, documents).Register(router);
        new HandleApi(context, search).Register(router);
        new IndexApi(context).Register(router);
        new AliasApi(context).Register(router);
        new DataStreamApi(context).Register(router);
        new ByQueryApi(context).Register(router);
        var tables = new TableReader(context);
        new SqlApi(context, tables).Register(router);
        new PipedQueryApi(context, tables).Register(router);
        new SearchTemplateApi(context, search).Register(router);
        new MetadataApi(context).Register(router);
        new ClusterApi(context).Register(router);
        new CatApi(context).Register(router);
        return router;
    }
}
