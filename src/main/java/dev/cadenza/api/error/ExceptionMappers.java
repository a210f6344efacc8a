package dev.cadenza.api.error;

import dev.cadenza.api.http.RequestHeaders;
import dev.cadenza.scheduler.ShuttingDown;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.NotSupportedException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** The error shape for everything that a resource throws, or JAX-RS on its way to one. */
final class ExceptionMappers {
    private static final Logger LOG = Logger.getLogger(ExceptionMappers.class);

    @ServerExceptionMapper
    Response known(ApiException exception) {
        return response(exception.problem());
    }

    @ServerExceptionMapper
    Response unknownUrl(NotFoundException exception, RoutingContext request) {
        return response(new ApiProblem.UnknownUrl(request.request().method().name(), request.request().path()));
    }

    @ServerExceptionMapper
    Response wrongMethod(NotAllowedException exception, RoutingContext request) {
        return response(new ApiProblem.MethodNotAllowed(request.request().method().name(), request.request().path()));
    }

    @ServerExceptionMapper
    Response wrongMediaType(NotSupportedException exception, RoutingContext request) {
        return response(new ApiProblem.UnsupportedMediaType(request.request().getHeader("content-type")));
    }

    @ServerExceptionMapper
    Response other(WebApplicationException exception, RoutingContext request) {
        int status = exception.getResponse().getStatus();
        if (status == 413) {
            return response(new ApiProblem.BodyTooLarge());
        }
        return status < 500 ? response(new ApiProblem.HttpFault(status, "The request cannot be served.")) : fault(exception, request);
    }

    @ServerExceptionMapper
    Response notFinished(ShuttingDown exception) {
        return response(new ApiProblem.NotFinished());
    }

    @ServerExceptionMapper
    Response fault(Throwable exception, RoutingContext request) {
        String id = RequestHeaders.id(request);
        LOG.errorf(exception, "request_failed request=%s", id);
        return response(new ApiProblem.ServerFault(id));
    }

    private static Response response(ApiProblem problem) {
        ErrorBody body = ErrorBody.of(problem);
        var response = Response.status(body.status()).entity(body.json());
        body.headers().forEach(response::header);
        return response.build();
    }
}
